/** An application of a company, which becomes a client. */
export interface Application {
  /** The client id: stable, so that the demonstration can name it. */
  readonly id: string;
  readonly name: string;
  readonly kind: 'web' | 'single-page' | 'mobile' | 'service' | 'signed-service' | 'saml';
  readonly scopes: readonly string[];
}

/** A service that a company protects, with its scopes and endpoints. */
export interface ProtectedService {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly apis: readonly `${'GET' | 'POST' | 'PUT' | 'DELETE'} /${string}`[];
}

export interface Company {
  readonly id: string;
  readonly name: string;
  readonly color: string;
  /** What only this company's customers use. */
  readonly applications: readonly Application[];
  readonly services: readonly ProtectedService[];
  readonly locales: readonly string[];
}

/** Companies of our own invention, different enough in trade to have different tenants. */
export const COMPANIES: readonly Company[] = [
  {
    id: 'acme',
    name: 'Acme Outfitters',
    color: '#c8102e',
    applications: [
      {
        id: 'storefront',
        name: 'Storefront',
        kind: 'single-page',
        scopes: ['openid', 'profile', 'orders.read', 'orders.write'],
      },
      { id: 'checkout', name: 'Checkout', kind: 'web', scopes: ['openid', 'orders.write', 'payments.write'] },
      { id: 'warehouse-sync', name: 'Warehouse synchronisation', kind: 'service', scopes: ['orders.read'] },
    ],
    services: [
      {
        id: 'orders',
        name: 'Orders',
        scopes: ['orders.read', 'orders.write', 'orders.cancel'],
        apis: ['GET /orders', 'POST /orders', 'GET /orders/{id}', 'DELETE /orders/{id}'],
      },
      {
        id: 'payments',
        name: 'Payments',
        scopes: ['payments.read', 'payments.write'],
        apis: ['POST /payments', 'GET /payments/{id}'],
      },
    ],
    locales: ['de', 'fr'],
  },
  {
    id: 'globex',
    name: 'Globex Bank',
    color: '#00529b',
    applications: [
      {
        id: 'online-banking',
        name: 'Online banking',
        kind: 'web',
        scopes: ['openid', 'accounts.read', 'payments.write'],
      },
      {
        id: 'open-banking-hub',
        name: 'Open banking hub',
        kind: 'signed-service',
        scopes: ['accounts.read', 'payments.write'],
      },
      { id: 'card-service', name: 'Card service', kind: 'service', scopes: ['accounts.read'] },
      {
        id: 'fraud-detection',
        name: 'Fraud detection',
        kind: 'signed-service',
        scopes: ['accounts.read', 'accounts.freeze'],
      },
    ],
    services: [
      {
        id: 'accounts',
        name: 'Accounts',
        scopes: ['accounts.read', 'accounts.freeze'],
        apis: ['GET /accounts', 'GET /accounts/{id}/balances', 'PUT /accounts/{id}/freeze'],
      },
      {
        id: 'payments',
        name: 'Payments',
        scopes: ['payments.read', 'payments.write', 'payments.approve'],
        apis: ['POST /payments', 'GET /payments/{id}', 'PUT /payments/{id}/approval'],
      },
    ],
    locales: ['de', 'es', 'ja'],
  },
  {
    id: 'initech',
    name: 'Initech Software',
    color: '#2e7d32',
    applications: [
      {
        id: 'workbench',
        name: 'Workbench',
        kind: 'single-page',
        scopes: ['openid', 'email', 'projects.read', 'projects.write'],
      },
      {
        id: 'build-runner',
        name: 'Build runner',
        kind: 'service',
        scopes: ['projects.read', 'builds.write'],
      },
    ],
    services: [
      {
        id: 'projects',
        name: 'Projects',
        scopes: ['projects.read', 'projects.write', 'projects.admin'],
        apis: ['GET /projects', 'POST /projects', 'PUT /projects/{id}', 'DELETE /projects/{id}'],
      },
      {
        id: 'builds',
        name: 'Builds',
        scopes: ['builds.read', 'builds.write'],
        apis: ['GET /builds/{id}', 'POST /builds'],
      },
    ],
    locales: ['fr'],
  },
];

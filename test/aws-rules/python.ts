import { fileURLToPath } from 'node:url';
import { ensureVirtualEnvironment } from '../../scripts/local/virtual-environment.ts';

/** Installing takes a minute, and longer on a slow network. */
export const INSTALLATION_MILLISECONDS = 600_000;

/** Makes the virtual environment with cfn-lint and moto where it is missing.
 * @returns the file of its Python */
export const pythonWithRules = (): Promise<string> =>
  ensureVirtualEnvironment({
    requirementsFile: fileURLToPath(new URL('requirements.txt', import.meta.url)),
  });

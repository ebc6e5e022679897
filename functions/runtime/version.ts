/** Version of this software in manifests and logs, equal to the one in `package.json`. */
export const SOFTWARE_VERSION = '0.1.0';

/** Version of this software, as manifests and logs say it. The same as in `package.json`. */
export const SOFTWARE_VERSION = '0.1.0';

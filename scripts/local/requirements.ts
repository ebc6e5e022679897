/** A package as `requirements.txt` pins it. */
export type Requirement = {
  readonly name: string;
  readonly version: string;
  /** `sha256:…` of each file that may be installed. */
  readonly hashes: readonly string[];
};

/**
 * Parse the pinned requirements: lines `name==version`, an optional marker, and one `--hash` or more.
 * @throws SyntaxError on a package without exact version or without hash, which pip would refuse later with less said
 * @see https://pip.pypa.io/en/stable/topics/secure-installs/#hash-checking-mode
 */
export const parseRequirements = (text: string): readonly Requirement[] => {
  const statements = text
    .replaceAll(/^\s*#.*$/gm, '')
    .replaceAll(/\\\r?\n/g, ' ')
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return statements.map((statement) => {
    const [, name, version] = /^([A-Za-z0-9][\w.-]*)==([^\s;]+)/.exec(statement) ?? [];
    if (name === undefined || version === undefined) {
      throw new SyntaxError(`requirement is not pinned with ==: ${statement.slice(0, 80)}`);
    }
    const hashes = [...statement.matchAll(/--hash=(sha256:[0-9a-f]{64})(?=\s|$)/g)].map(
      (match) => match[1] ?? '',
    );
    if (hashes.length === 0) throw new SyntaxError(`requirement ${name} has no sha256 hash`);
    return { name, version, hashes };
  });
};

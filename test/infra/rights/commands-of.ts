import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const FUNCTIONS = join(import.meta.dirname, '..', '..', '..', 'functions');

/** Returns the calls of AWS in the entry of a verb and in all that it imports, by their names in the SDK. */
export function commandsOf(verb: string): string[] {
  const seen = new Set<string>();
  const commands = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    const source = readFileSync(file, 'utf8');
    for (const [, command = '', paginated = ''] of source.matchAll(
      /\b(?:new (\w+)Command|paginate(\w+))\(/g,
    )) {
      commands.add(command || paginated);
    }
    for (const [, path = ''] of source.matchAll(/^(?:import|export|\}) (?!type\b).*?from '(\.[^']+)';$/gm)) {
      visit(join(dirname(file), path));
    }
  };
  visit(join(FUNCTIONS, verb, `${verb}.lambda.ts`));
  return [...commands].sort();
}

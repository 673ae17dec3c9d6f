/**
 * Lint rules of a project with rooms, the folders of its sources: each may import those before it, and loads no SDK where it computes alone.
 *
 * @param {readonly string[]} rooms lowest first
 * @param {{ doors?: readonly string[], above?: string, pure?: readonly string[], never?: readonly object[] }} more `doors`: what is above
 *   the rooms before `above`; `pure`: rooms that load no SDK; `never`: patterns that no room may import
 */
export function roomRules(rooms, { doors = [], above, pure = [], never = [] } = {}) {
  const message = `Imports go downwards: ${rooms.join(', ')}.`;
  const withoutSdk = {
    group: ['@temporalio/*', '@grpc/*'],
    allowTypeImports: true,
    message: 'What only computes loads no SDK: whoever imports it would wait for that.',
  };
  return rooms.map((room, index) => {
    const group = [
      ...rooms.slice(index + 1).flatMap((other) => [`**/${other}/**`, `**/${other}.ts`]),
      ...(above !== undefined && index < rooms.indexOf(above) ? doors : []),
    ];
    const patterns = [
      ...never,
      ...(group.length > 0 ? [{ group, message }] : []),
      ...(pure.includes(room) ? [withoutSdk] : []),
    ];
    return {
      files: [`src/${room}{/**/*,}.ts`],
      rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns }] },
    };
  });
}

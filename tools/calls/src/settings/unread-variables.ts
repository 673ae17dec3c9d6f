import { changesBetween, type Environment } from '@worker-auth/internal';
import { isOneOf } from './setting.ts';
import { allVariables } from './table.ts';

/** Names that a program sets for us alone: others, such as those of a proxy, have readers of their own. */
const ours = allVariables
  .map(({ name }) => name)
  .filter((name) => /^(?:TEMPORAL|WORKER_AUTH|ATLAN|DEPLOYMENT)_[A-Z_]+$/.test(name));

/** What Kubernetes sets for a service, whatever that is called, and gRPC metadata. */
const ofOthers = /_SERVICE_(?:HOST|PORT)|_PORT_\d+_|^TEMPORAL_GRPC_META_/;
const addressOfService = /^(?:tcp|udp|sctp):\/\//;

/** Each variable that is not read, and spelled almost as one that is. Values are not shown. */
export function unreadVariables(
  env: Environment,
): readonly { readonly name: string; readonly meant: string }[] {
  return Object.entries(env).flatMap(([name, value = '']) => {
    if (value === '' || ofOthers.test(name) || addressOfService.test(value)) return [];
    if (isOneOf(allVariables, name)) return [];
    const [meant] = ours
      .filter((known) => isNear(name, known))
      .sort((one, other) => changesBetween(name, one) - changesBetween(name, other));
    return meant === undefined ? [] : [{ name, meant }];
  });
}

/** One change in a short name behind the prefix, such as TLS, which has many neighbours; else two. */
function isNear(name: string, known: string): boolean {
  const limit = known.length - known.lastIndexOf('_') <= 4 ? 1 : 2;
  return Math.abs(name.length - known.length) <= limit && changesBetween(name, known) <= limit;
}

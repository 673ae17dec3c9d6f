import { obtain, type Places } from './lookup.ts';
import { temporalPython } from './versions.ts';
import { virtualEnvironmentPlaces } from './virtual-environment.ts';

/** Where a Python with Temporal's SDK may be: the cache, PyPI. */
export function temporalPythonPlaces(env: NodeJS.ProcessEnv = process.env): Places {
  return virtualEnvironmentPlaces(temporalPython, env);
}

/** A Python that has Temporal's SDK: the path of its program. */
export async function pythonWithTemporal(): Promise<string> {
  return (await obtain(temporalPythonPlaces())).path;
}

import { existsSync } from 'node:fs';
import { messageOf } from '../errors/kind-of-error.ts';
import { readNetwork } from '../settings/network.ts';
import { DoctorCode } from './doctor-code.ts';
import { ProblemFound } from './problem.ts';
import type { DiagnosisScene } from './scene.ts';

/**
 * Reads the certificates that are trusted.
 *
 * @returns the scene, without the settings that make no sense, so that the other checks can be made
 */
export async function trustScene(scene: DiagnosisScene): Promise<DiagnosisScene> {
  const { examination, options, env } = scene;
  const { certificates } = readNetwork({ ca: options.ca, proxy: false }, env);
  let bad: readonly string[] = [];
  await examination.check('trusted-certificates', {}, () => {
    try {
      const count = certificates()?.match(/-----BEGIN CERTIFICATE/g)?.length;
      const value = undefined;
      if (count === undefined) return { value, description: 'the certificates of this host are trusted' };
      return { value, description: `${count} certificates are trusted` };
    } catch (error) {
      const said = messageOf(error);
      bad = Object.keys(env).filter((name) => said.includes(name) && (env[name] ?? '') !== '');
      const files = bad.map((name) => {
        const file = env[name] ?? '';
        return `${name} names ${file}, which ${existsSync(file) ? 'holds no certificate in PEM form' : 'is not there'}`;
      });
      const what = files.length === 0 ? said.replace(/\.$/, '') : files.join('; ');
      throw new ProblemFound(
        DoctorCode.certificatesUnreadable,
        `${what}. Correct it, or leave it out. The other checks are made without it.`,
      );
    }
  });
  if (examination.causeAmong(['trusted-certificates']) === undefined) return scene;
  const known = Object.fromEntries(Object.entries(env).filter(([name]) => !bad.includes(name)));
  return {
    ...scene,
    env: known,
    options: { ...options, env: known, ...(bad.length === 0 && { ca: undefined }) },
  };
}

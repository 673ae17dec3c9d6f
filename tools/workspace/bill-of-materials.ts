import type { ThirdPartyPackage } from './third-party.ts';

/** Of the package that is published. */
export interface Product {
  readonly name: string;
  readonly version: string;
  readonly license: string;
}

/**
 * What is compiled into a package, for scanners: CycloneDX 1.6 (https://cyclonedx.org/docs/1.6/json/). It has neither a serial number nor a time,
 * so that the same sources give the same file.
 */
export function billOfMaterials(product: Product, packages: readonly ThirdPartyPackage[]): object {
  const components = packages.map((part) => ({
    ...component(part),
    externalReferences: [{ type: 'vcs', url: part.url }],
  }));
  const main = component(product);
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: main },
    components,
    dependencies: [
      { ref: main.purl, dependsOn: components.map(({ purl }) => purl) },
      ...components.map(({ purl }) => ({ ref: purl })),
    ],
  };
}

function component({ name, version, license }: Product) {
  const [group, unscoped] = name.startsWith('@') ? name.split('/') : [undefined, name];
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
  const licenses = [{ license: { id: license } }];
  return {
    type: 'library',
    'bom-ref': purl,
    ...(group && { group }),
    name: unscoped,
    version,
    licenses,
    purl,
  };
}

/** The same for people, with the texts that the licences ask for. Markdown. */
export function licensesPage(product: Product, packages: readonly ThirdPartyPackage[]): string {
  const parts = packages.map(({ name, version, license, licenseText, url }) =>
    [`## ${name} ${version}`, `${license}, <${url}>`, `\`\`\`text\n${licenseText}\n\`\`\``].join('\n\n'),
  );
  return `${[`# Compiled into ${product.name}`, ...parts].join('\n\n')}\n`;
}

/**
 * The version of a provider is written in several places, because several programs read it: `npm run bump` sets
 * them all, this check finds what was edited by hand. Pure.
 */
import { schemaFileName, sourceAddress, type AllowList } from './allow-list';
import { parseGoTool, sourceOf } from '../provider-module';

/** The places, as texts; `schemas` and `goMods` by file name and by provider name. */
export interface VersionSources {
  readonly allowList: AllowList;
  /** Text of cdktf.json. */
  readonly cdktfJson: string;
  /** Contents of `schemas/*.json` by file name. */
  readonly schemas: Readonly<Record<string, string>>;
  /** Texts of `tools/providers/<name>/go.mod`; a provider without a Go module is not in it. */
  readonly goMods: Readonly<Record<string, string>>;
}

/** Every disagreement, one line each; empty when all is well. The allow-list is taken as right. */
export function findVersionDisagreements(sources: VersionSources): string[] {
  return [...checkCdktfJson(sources), ...checkSchemas(sources), ...checkGoMods(sources)];
}

/** cdktf.json's text with another version of one provider; formatting stays. */
export function setCdktfVersion(cdktfJson: string, source: string, version: string): string {
  const old = terraformProviders(cdktfJson).find((line) => line.startsWith(`${source}@`));
  if (old === undefined) {
    throw new Error(`cdktf.json: no "${source}@…" in terraformProviders`);
  }
  return cdktfJson.replace(JSON.stringify(old), JSON.stringify(`${source}@${version}`));
}

function checkCdktfJson({ allowList, cdktfJson }: VersionSources): string[] {
  const found = terraformProviders(cdktfJson);
  const wanted = Object.values(allowList).map(({ source, version }) => `${source}@${version}`);
  return [
    ...wanted
      .filter((line) => !found.includes(line))
      .map((line) => `cdktf.json: terraformProviders lacks "${line}" (it has ${found.join(', ') || 'none'})`),
    ...found
      // Another version of a wanted provider is already reported above.
      .filter((line) => !wanted.some((other) => other.split('@')[0] === line.split('@')[0]))
      .map((line) => `cdktf.json: "${line}" is not in schemas/allow-list.yaml`),
  ];
}

function checkSchemas({ allowList, schemas }: VersionSources): string[] {
  const wanted = new Map(
    Object.entries(allowList).map(([name, entry]) => [schemaFileName(name, entry.version), entry] as const),
  );
  const problems: string[] = [];
  for (const [file, { source, version }] of wanted) {
    const text = schemas[file];
    if (text === undefined) {
      problems.push(`schemas/${file} does not exist (allow-list: ${source} ${version})`);
      continue;
    }
    const says = providerVersion(text, sourceAddress(source));
    if (says !== version) {
      problems.push(`schemas/${file}: provider_versions says ${says ?? 'nothing'}, not ${version}`);
    }
  }
  const stray = Object.keys(schemas).filter((file) => !wanted.has(file));
  return [...problems, ...stray.map((file) => `schemas/${file} belongs to no version in the allow-list`)];
}

function checkGoMods({ allowList, goMods }: VersionSources): string[] {
  return Object.entries(goMods).flatMap(([name, text]) => {
    const tool = parseGoTool(text);
    const entry = allowList[name];
    const problems: string[] = [];
    if (entry !== undefined && tool.version !== entry.version) {
      problems.push(
        `tools/providers/${name}/go.mod: version ${tool.version}, the allow-list has ${entry.version}`,
      );
    }
    if (entry !== undefined && sourceOf(tool) !== entry.source) {
      problems.push(
        `tools/providers/${name}/go.mod: pins ${sourceOf(tool)}, the allow-list has ${entry.source}`,
      );
    }
    return problems;
  });
}

function terraformProviders(cdktfJson: string): string[] {
  const config = JSON.parse(cdktfJson) as { readonly terraformProviders?: unknown };
  const list = config.terraformProviders;
  if (!Array.isArray(list) || !list.every((item): item is string => typeof item === 'string')) {
    throw new Error('cdktf.json: terraformProviders must be a list of "namespace/name@version" texts');
  }
  return list;
}

function providerVersion(schemaText: string, address: string): string | undefined {
  const schema = JSON.parse(schemaText) as { readonly provider_versions?: Readonly<Record<string, string>> };
  return schema.provider_versions?.[address];
}

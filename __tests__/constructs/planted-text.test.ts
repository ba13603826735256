import { Lazy, Token } from 'cdktf';
import { ClusterStack } from '../../constructs';
import { healthchecksOf } from '../../model/cluster/management';
import { CheckedCluster } from '../../model/load/load';
import { complete, resolve } from '../../model/cluster/resolve';
import { parsePlan, reviewPlan } from '../../model/review';
import { loadTemplates, renderTemplate } from '../../model/templates/render';
import { oneLined } from '../../model/support/foreign';
import { reviewHtml } from '../../scripts/lib/review/html';
import { reviewMarkdown } from '../../scripts/lib/review/markdown';
import { aliveCode, elementsOf, shapeOf, textsIn } from '../testing/alive';
import { EVERY_STRING, planted, schemaPlaces, textPlaces, type TextPlace } from '../testing/every-string';
import { SOURCE } from '../testing/drafts';
import { foreseenIds, parseDocuments } from '../testing/generate';
import { testApp } from '../testing/synth';

/** What forges make of a comment, near enough. That a bare address becomes a link to itself is left to them. */
const MarkdownIt =
  jest.requireActual<new (options: object) => { render(text: string): string }>('markdown-it');
const markdown = new MarkdownIt({ html: true });

const TEMPLATES = loadTemplates('/nowhere');

/** Marks of cdktf, as they would stand for the token of another server. */
const MARK = Token.asString(Lazy.stringValue({ produce: () => '${var.planted}' }));
const LIST_MARK = Token.asList(Lazy.listValue({ produce: () => ['${var.planted}'] }))[0] ?? '';

/** What would be evaluated, or be markup, if it were not text. */
const FORMS: Readonly<Record<string, string>> = {
  expression: '${nonsensitive(var.planted)}',
  'mark of cdktf': MARK,
  'list mark of cdktf': LIST_MARK,
  'mixture of all': [
    'a${file("planted")}%{ if planted }x%{ endif }"${planted}" \\"+planted+" "] planted ["',
    '$${planted} $$${planted} %%%{planted} \\${planted} {{planted}} {{{planted}}} {{#each planted}}{{/each}}',
    '<script>planted</script>"><img src=x onerror=planted><!-- | `x` ](javascript:planted) **b** _i_ <b>',
    `https://planted.example ~~~ \n::error file=planted::b\r# planted\n\n| planted |\n\`\`\`\n${MARK}`,
  ].join(''),
};

/** For comparison. */
const HARMLESS = 'planted';

/** Each place has a word of its own. */
const places = textPlaces(EVERY_STRING);
const words = new Map(places.map((place, i) => [place, `planted${i}x`]));
const wordOf = (place: TextPlace): string => words.get(place) ?? '';

/** A cluster that no rule has seen: what they refuse must not be alive either. */
function unchecked(at: readonly TextPlace[], form: string): CheckedCluster {
  const text = (place: TextPlace): string => form.replaceAll('planted', wordOf(place));
  const draft = resolve(planted(EVERY_STRING, at, text), SOURCE);
  return CheckedCluster.of(complete(draft), draft, {});
}

interface Json {
  readonly resource?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

function jsonOf(checked: CheckedCluster): Json {
  const stack = new ClusterStack(testApp(), 'lab', checked);
  stack.prepareStack();
  return stack.toTerraform();
}

/** Text as Terraform gives it to the provider. */
const given = (text: string): string => text.replaceAll('${"Tf"}', 'Tf').replace(/([$%])\1\{/g, '$1{');

/** The plan that makes all resources of a stack. */
function planFor({ resource = {} }: Json): string {
  const resource_changes = Object.entries(resource).flatMap(([type, byName]) =>
    Object.entries(byName).map(([name, values]) => {
      const change = { actions: ['create'], before: null, after: values };
      return { address: `${type}.${name}`, mode: 'managed', type, name, change };
    }),
  );
  return JSON.stringify({ format_version: '1.2', resource_changes }, (_, value: unknown) =>
    typeof value === 'string' ? given(value) : value,
  );
}

/** Elements of the page and of the rendered comment, in their order. */
function reviewOf(checked: CheckedCluster, note: string): { output: string; elements: string[] } {
  const parsed = parsePlan(planFor(jsonOf(checked)));
  if ('problem' in parsed) throw new Error(parsed.problem);
  const review = reviewPlan(parsed.plan, checked.cluster, { refusals: [note] });
  // A review has each text in one line. No rule lets a name with several through; here its node would be drawn as two.
  const page = reviewHtml({ ...review, notes: [note] }, oneLined(checked.cluster));
  const comment = markdown.render(reviewMarkdown({ ...review, notes: [note] }));
  return {
    output: page + comment,
    elements: [...elementsOf(page), ...elementsOf(comment)],
  };
}

function shapesOfTemplate({ cluster }: CheckedCluster): { texts: string[]; shape: string } {
  const { documents, diagnostics } = renderTemplate(
    cluster,
    foreseenIds(cluster),
    TEMPLATES,
    new Map(
      [...cluster.manifests, ...healthchecksOf(cluster)].map((one) => [
        'file' in one ? one.file : one.jobFile,
        'kind: x\n',
      ]),
    ),
  );
  expect(diagnostics).toEqual([]);
  const values = documents.flatMap(({ text }) => parseDocuments(text));
  return { texts: textsIn(values), shape: values.map(shapeOf).sort().join('\n') };
}

const known = new Map<unknown, Map<string, unknown>>();

/** An output of harmless texts in the same places; each is made once for all forms. */
function harmless<T>(make: (checked: CheckedCluster, note: string) => T, at: readonly TextPlace[]): T {
  const made = known.get(make) ?? new Map<string, unknown>();
  known.set(make, made);
  const key = at.map(wordOf).join();
  if (!made.has(key)) made.set(key, make(unchecked(at, HARMLESS), HARMLESS));
  return made.get(key) as T;
}

interface Checked {
  /** All of it, to see which texts are there. */
  readonly output: string;
  /** What of the planted text is alive in it, in words. */
  readonly alive: readonly string[];
}

/** Makes an output of a cluster with texts in some places. It may throw where they become none. */
type Check = (checked: CheckedCluster, at: readonly TextPlace[], form: string) => Checked;

/** Alone, and not as a part of a name of ours. */
const CODE = /(?<![\w-])planted/;

const CHECKS: Readonly<Record<string, Check>> = {
  'the Terraform JSON': (checked) => {
    const texts = textsIn(jsonOf(checked));
    return { output: texts.join('\n'), alive: texts.filter((text) => CODE.test(aliveCode(text))) };
  },
  'the cluster template': (checked, at, form) => {
    const [{ texts, shape }, plain] = [shapesOfTemplate(checked), harmless(shapesOfTemplate, at)];
    const isWhole = (text: string): boolean =>
      !form.includes('{{') || !text.includes('planted') || /\{\{planted\d+x\}\}/i.test(text);
    const alive = [
      ...texts.filter((text) => !isWhole(text)),
      ...(shape === plain.shape ? [] : ['new shape']),
    ];
    return { output: texts.join('\n'), alive };
  },
  'the page and the comment of a review': (checked, at, form) => {
    const [{ output, elements }, plain] = [reviewOf(checked, form), harmless(reviewOf, at)];
    const isSame = elements.join() === plain.elements.join();
    const active = output.match(/<[a-z][^>]*(?:\bon\w+=|javascript:)/gi) ?? [];
    return { output, alive: isSame ? active : [...active, elements.join()] };
  },
};

interface Tried {
  runs: number;
  /** Places whose text is in the output. */
  readonly there: Set<TextPlace>;
  /** Places where a text becomes no output, whatever the rules say. */
  readonly refused: Set<TextPlace>;
  readonly alive: { readonly place: string; readonly found: readonly string[] }[];
}

/** Plants in all places at once, and halves them where that fails or something is alive, down to single places. */
function search(check: Check, form: string, at: readonly TextPlace[], tried: Tried): void {
  let checked: Checked | undefined;
  tried.runs += 1;
  try {
    checked = check(unchecked(at, form), at, form);
    const output = checked.output;
    for (const place of at) if (output.includes(wordOf(place))) tried.there.add(place);
  } catch {
    // What a reference names is not there, or a text is no address.
  }
  const [first] = at;
  if (checked?.alive.length === 0 || first === undefined) return;
  if (at.length > 1) {
    const half = Math.ceil(at.length / 2);
    search(check, form, at.slice(0, half), tried);
    search(check, form, at.slice(half), tried);
  } else if (checked)
    tried.alive.push({ place: `${first.path.join('.')} (${first.of})`, found: checked.alive });
  else tried.refused.add(first);
}

/** A text may hide another, as that of a node hides a default: what was not seen is tried again without what was. */
function searchAll(check: Check, form: string): Tried {
  const tried: Tried = { runs: 0, there: new Set(), refused: new Set(), alive: [] };
  for (let rest: readonly TextPlace[] = places, seen = -1; seen < tried.there.size;) {
    seen = tried.there.size;
    search(check, form, rest, tried);
    rest = rest.filter((place) => !tried.there.has(place) && !tried.refused.has(place));
  }
  return tried;
}

it('there is text in every place where the schema takes some', () => {
  const there = new Set(places.map(({ schema }) => schema));
  expect(schemaPlaces().filter((place) => !there.has(place))).toEqual([]);
});

/** How many texts an output must hold: where nothing arrives, nothing is tested. */
const LEAST: Readonly<Record<string, number>> = { 'the Terraform JSON': 50 };

const said: string[] = [];
afterAll(() => process.stdout.write(`${said.join('\n')}\n`));

describe.each(Object.entries(CHECKS))('text in every place is text in %s', (output, check) => {
  // Marks of cdktf mean nothing elsewhere; the mixture has one all the same.
  const forms = Object.entries(FORMS).filter(
    ([name]) => output === 'the Terraform JSON' || !name.includes('mark'),
  );
  it.each(forms)('%s', (name, form) => {
    const { runs, there, refused, alive } = searchAll(check, form);
    said.push(
      `${name} in ${output}: ${places.length} places in ${runs} runs, ${there.size} seen in it, ${refused.size} become none`,
    );
    expect(alive).toEqual([]);
    expect(refused.size).toBeLessThan(places.length / 4);
    if (!form.includes('TfToken')) expect(there.size).toBeGreaterThan(LEAST[output] ?? 0);
  });
});

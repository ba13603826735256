import { fieldProblems, hasNewFields, type FieldsOf } from '../../../model/omni/template-fields';

const cluster = (value: FieldsOf['value']): FieldsOf => ({ kind: 'Cluster', value });
const skip = cluster({ features: { enableNodeAuditSkip: true } });

describe('fields of templates by version', () => {
  it.each([
    [
      'v1.9.3',
      [
        'omni.node_audit_skip needs Omni 1.10, and this one is v1.9.3; take it out of the definition, or upgrade Omni',
      ],
    ],
    ['v1.10.0', []],
    ['v2.0.0', []],
    // A server that does not say its version is not refused.
    ['', []],
  ])('are compared with %s', (version, expected) => {
    expect(fieldProblems([skip], 'Omni', version)).toEqual(expected);
  });

  it('count where they stand, and only if they are there', () => {
    expect(fieldProblems([{ ...skip, kind: 'Machine' }], 'Omni', 'v1.0.0')).toEqual([]);
    expect(fieldProblems([cluster({ features: {} })], 'Omni', 'v1.0.0')).toEqual([]);
    const strategy: FieldsOf = { kind: 'Workers', value: { upgradeStrategy: { type: 'Rolling' } } };
    expect(fieldProblems([strategy], 'Omni', 'v1.5.9')).toHaveLength(1);
  });

  it('ask for the version only where it matters', () => {
    expect(hasNewFields([cluster({ systemExtensions: [], kernelArgs: [] })])).toBe(false);
    expect(hasNewFields([skip])).toBe(true);
  });
});

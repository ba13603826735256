/** Checks one value against its schema; the answer is the text of Proxmox for what is wrong. */
import { parseBoolean } from '../formats/property-string';
import { checkFormat } from './formats';
import { checkPropertyString } from './property-string';
import { propertiesOfTypetext } from './typetext';
import type { ParameterSchema } from './types';

export function checkValue(schema: ParameterSchema, value: string): string | undefined {
  return (
    checkType(schema, value) ??
    checkRange(schema, value) ??
    checkLength(schema, value) ??
    checkPattern(schema, value) ??
    checkEnum(schema, value) ??
    checkNested(schema, value)
  );
}

function checkType({ type }: ParameterSchema, value: string): string | undefined {
  const isRight =
    type === 'integer'
      ? /^[+-]?\d+$/.test(value)
      : type === 'number'
        ? /^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(value)
        : type === 'boolean'
          ? parseBoolean(value) !== undefined
          : true;
  return isRight ? undefined : `type check ('${type ?? ''}') failed - got '${value}'`;
}

function checkRange({ type, minimum, maximum }: ParameterSchema, value: string): string | undefined {
  if (type !== 'integer' && type !== 'number') return undefined;
  if (minimum !== undefined && Number(value) < Number(minimum)) {
    return `value must have a minimum value of ${minimum}`;
  }
  if (maximum !== undefined && Number(value) > Number(maximum)) {
    return `value must have a maximum value of ${maximum}`;
  }
  return undefined;
}

function checkLength({ minLength, maxLength }: ParameterSchema, value: string): string | undefined {
  if (maxLength !== undefined && value.length > Number(maxLength)) {
    return `value may only be ${maxLength} characters long`;
  }
  if (minLength !== undefined && value.length < Number(minLength)) {
    return `value must be at least ${minLength} characters long`;
  }
  return undefined;
}

function checkPattern({ pattern }: ParameterSchema, value: string): string | undefined {
  if (pattern === undefined || toRegExp(pattern).test(value)) return undefined;
  return 'value does not match the regex pattern';
}

/** Perl's patterns, anchored; `(?^i:…)` is a flag that JavaScript writes elsewhere. */
function toRegExp(pattern: string): RegExp {
  const match = /^\(\?\^?([a-z]*):(.*)\)$/s.exec(pattern);
  const [source, flags] = match ? [match[2] ?? '', (match[1] ?? '').replace(/[^ims]/g, '')] : [pattern, ''];
  // `{,40}` is `{0,40}` to Perl and plain text to JavaScript.
  const translated = source.replace(/\(\?\^[a-z]*:/g, '(?:').replace(/\{,(?=\d+\})/g, '{0,');
  return new RegExp(`^(?:${translated})$`, flags);
}

function checkEnum({ enum: allowed }: ParameterSchema, value: string): string | undefined {
  if (!allowed || allowed.map(String).includes(value)) return undefined;
  return `value '${value}' does not have a value in the enumeration '${allowed.join(', ')}'`;
}

/** Named formats and property strings. */
function checkNested({ format, typetext }: ParameterSchema, value: string): string | undefined {
  if (format === undefined) return undefined;
  const keys = typeof format === 'string' ? propertiesOfTypetext(format, typetext) : format;
  if (keys) {
    if (format === 'pve-startup-order' && value.trim() === '') return 'unable to parse startup options';
    const problems = checkPropertyString(keys, value, checkValue);
    return problems.length === 0 ? undefined : `invalid format - format error\n${problems.join('\n')}`;
  }
  const problem = typeof format === 'string' ? checkFormat(format, value) : undefined;
  return problem === undefined ? undefined : `invalid format - ${problem}`;
}

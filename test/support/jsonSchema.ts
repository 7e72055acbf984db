// Checks a value against the part of JSON Schema (draft 7) that our schemas use. An unknown keyword is an error, so that
// no rule goes unchecked.

type Schema = Readonly<Record<string, unknown>>;

const described = new Set(['description', 'title', '$schema']);

/** What is wrong with a value, one line a fault; none when it is valid. */
export function schemaFaults(value: unknown, schema: Schema, at = '$'): string[] {
  return Object.entries(schema).flatMap(([keyword, rule]) => {
    if (described.has(keyword)) return [];
    const check = checks[keyword];
    if (check === undefined) return [`${at}: the schema has an unknown keyword ${keyword}`];
    return check(value, rule as never, at, schema);
  });
}

/** A definition of a schema, with what it refers to in the places of the references. */
export function definitionOf(
  schema: { readonly definitions: Readonly<Record<string, unknown>> },
  name: string,
): Schema {
  const resolve = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(resolve);
    if (!isObject(value)) return value;
    const target = value['$ref'];
    if (typeof target === 'string') return resolve(schema.definitions[target.replace('#/definitions/', '')]);
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, resolve(each)]));
  };
  return resolve(schema.definitions[name]) as Schema;
}

const checks: Readonly<Record<string, (value: unknown, rule: never, at: string, schema: Schema) => string[]>> = {
  type: (value, rule: string, at) => (typeOf(value).includes(rule) ? [] : [`${at}: is no ${rule}`]),
  enum: (value, rule: readonly unknown[], at) =>
    rule.includes(value) ? [] : [`${at}: ${JSON.stringify(value)} is none of ${rule.join(', ')}`],
  pattern: (value, rule: string, at) =>
    typeof value === 'string' && new RegExp(rule, 'u').test(value) ? [] : [`${at}: does not match ${rule}`],
  minimum: (value, rule: number, at) => (typeof value === 'number' && value >= rule ? [] : [`${at}: below ${rule}`]),
  minItems: (value, rule: number, at) =>
    Array.isArray(value) && value.length >= rule ? [] : [`${at}: fewer than ${rule}`],
  maxItems: (value, rule: number, at) =>
    Array.isArray(value) && value.length <= rule ? [] : [`${at}: more than ${rule}`],
  items: (value, rule: Schema, at) =>
    Array.isArray(value) ? value.flatMap((each, index) => schemaFaults(each, rule, `${at}[${index}]`)) : [],
  oneOf: (value, rule: readonly Schema[], at) =>
    rule.filter((each) => schemaFaults(value, each).length === 0).length === 1 ? [] : [`${at}: fits not exactly one`],
  required: (value, rule: readonly string[], at) =>
    isObject(value) ? rule.flatMap((key) => (key in value ? [] : [`${at}.${key}: is missing`])) : [],
  properties: (value, rule: Readonly<Record<string, Schema>>, at) =>
    isObject(value)
      ? Object.entries(value).flatMap(([key, each]) => {
          const own = rule[key];
          return own === undefined ? [] : schemaFaults(each, own, `${at}.${key}`);
        })
      : [],
  additionalProperties: (value, rule: Schema | false, at, schema) => {
    const known = (schema['properties'] ?? {}) as Readonly<Record<string, Schema>>;
    if (!isObject(value)) return [];
    return Object.entries(value).flatMap(([key, each]) => {
      if (key in known) return [];
      return rule === false ? [`${at}.${key}: is unknown`] : schemaFaults(each, rule, `${at}.${key}`);
    });
  },
};

function typeOf(value: unknown): readonly string[] {
  if (Array.isArray(value)) return ['array'];
  if (value === null) return ['null'];
  return typeof value === 'number' && Number.isInteger(value) ? ['number', 'integer'] : [typeof value];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

// What the resolver has to know of a language, as data: which languages share names, how a module's name becomes files,
// how far a name reaches without an import, and what stands for the enclosing type.

/** How the module of an import is looked up. */
export type ModuleStyle =
  | 'ecmascript'
  | 'python'
  | 'go'
  | 'rust'
  /** Names of packages or namespaces, which files declare: Java, C#, PHP. */
  | 'package'
  /** Paths, relative to the file or found below the workspace: C, Ruby. */
  | 'path'
  | 'none';

/** How far a name at the top of a file reaches by itself. */
export type Reach =
  /** Within its file: others import it. */
  | 'file'
  /** Within the files of its package. */
  | 'package'
  /** Everywhere in the workspace. */
  | 'workspace';

/** What `*` without a local name means in an import row. */
export type StarMeaning = 'everything' | 'module';

export interface LanguageRules {
  /** Languages of one family see each other's names. */
  readonly family: string;
  readonly modules: ModuleStyle;
  readonly reach: Reach;
  readonly star: StarMeaning;
  /** Receivers that mean the enclosing type, or an object of it. */
  readonly self: readonly string[];
  /** Receivers that mean the type above the enclosing one. */
  readonly parent: readonly string[];
  /** Whether methods of the enclosing type are called without a receiver. */
  readonly bareMembers: boolean;
  /** Between the parts of a module's name. */
  readonly separator: string;
  /** For the style `path`: what is put behind a name that is no file; and folders that are searched like the file's own. */
  readonly extensions: readonly string[];
  readonly folders: readonly string[];
  /** For C: enumerators are names like any other, and headers share what is `static` in them. */
  readonly flatEnums: boolean;
}

const plain: LanguageRules = {
  family: '',
  modules: 'none',
  reach: 'workspace',
  star: 'everything',
  self: ['self'],
  parent: ['super'],
  bareMembers: false,
  separator: '.',
  extensions: [],
  folders: [],
  flatEnums: false,
};
const ecmascript: LanguageRules = {
  ...plain,
  family: 'ecmascript',
  modules: 'ecmascript',
  reach: 'file',
  self: ['this'],
};
const jvm: LanguageRules = {
  ...plain,
  family: 'jvm',
  modules: 'package',
  reach: 'package',
  self: ['this'],
  bareMembers: true,
};
const c: LanguageRules = {
  ...plain,
  family: 'c',
  modules: 'path',
  self: ['this'],
  separator: '::',
  folders: ['include'],
  flatEnums: true,
};

/** By the name of the language in the fact tables. */
const rules: ReadonlyMap<string, LanguageRules> = new Map<string, LanguageRules>([
  ['TypeScript', ecmascript],
  ['TSX', ecmascript],
  ['JavaScript', ecmascript],
  [
    'Python',
    {
      ...plain,
      family: 'python',
      modules: 'python',
      reach: 'file',
      star: 'module',
      self: ['self', 'cls'],
      parent: ['super()'],
    },
  ],
  ['Go', { ...plain, family: 'go', modules: 'go', reach: 'package', star: 'module', self: [], separator: '/' }],
  ['Rust', { ...plain, family: 'rust', modules: 'rust', reach: 'file', self: ['self', 'Self'], separator: '::' }],
  ['Java', jvm],
  ['Kotlin', jvm],
  ['Scala', jvm],
  ['C', c],
  ['C++', { ...c, bareMembers: true }],
  [
    'C#',
    {
      ...plain,
      family: 'csharp',
      modules: 'package',
      reach: 'package',
      self: ['this'],
      parent: ['base'],
      bareMembers: true,
    },
  ],
  [
    'PHP',
    {
      ...plain,
      family: 'php',
      modules: 'package',
      self: ['$this', 'self', 'static'],
      parent: ['parent'],
      separator: '\\',
      extensions: ['.php'],
    },
  ],
  [
    'Ruby',
    {
      ...plain,
      family: 'ruby',
      modules: 'path',
      bareMembers: true,
      separator: '::',
      extensions: ['.rb'],
      folders: ['lib'],
    },
  ],
  ['Swift', { ...plain, family: 'swift', self: ['self', 'Self'], bareMembers: true }],
  ['Bash', { ...plain, family: 'bash', modules: 'path', self: [], extensions: ['.sh', '.bash'] }],
  ['Lua', { ...plain, family: 'lua', modules: 'path', extensions: ['.lua', '/init.lua'] }],
]);

/** All families; the position is the family's number in the tables of names. */
export const families: readonly string[] = [...new Set([...rules.values()].map(({ family }) => family))];

/** The rules of a language; `undefined` where nothing refers to anything by name: prose, data, styles. */
export function rulesOf(language: string): LanguageRules | undefined {
  return rules.get(language);
}

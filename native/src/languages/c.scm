; ---- definitions
(function_definition
  type: (_) declarator: (function_declarator declarator: (identifier) @name) body: (_) @body) @definition.function
((function_definition
  !type declarator: (function_declarator declarator: (identifier) @name) body: (_) @body) @definition.function
  (#not-any-of? @name "TEST" "TEST_F" "TEST_P" "TYPED_TEST" "TYPED_TEST_P" "BOOST_AUTO_TEST_CASE"))
(function_definition
  declarator: (pointer_declarator declarator: (function_declarator declarator: (identifier) @name)) body: (_) @body) @definition.function
(function_definition
  declarator: (pointer_declarator declarator: (pointer_declarator declarator: (function_declarator declarator: (identifier) @name)))
  body: (_) @body) @definition.function
(function_definition
  declarator: (parenthesized_declarator (function_declarator declarator: (identifier) @name)) body: (_) @body) @definition.function
; made by macros: `SYSCALL_DEFINE0(name) {`, `TEST(name) {`; those with more parameters reach the parser as functions
((function_definition type: (type_identifier) @_macro declarator: (parenthesized_declarator (identifier) @name) body: (_) @body)
  @definition.function (#match? @_macro "^TEST") (#set! flag test))
((function_definition type: (type_identifier) @_macro declarator: (parenthesized_declarator (identifier) @name) body: (_) @body)
  @definition.function (#match? @_macro "^[A-Z][A-Z0-9_]+$"))
(declaration declarator: (function_declarator declarator: (identifier) @name)) @definition.function
(declaration declarator: (pointer_declarator declarator: (function_declarator declarator: (identifier) @name))) @definition.function
(declaration declarator: (identifier) @name) @definition.variable
(declaration declarator: (init_declarator declarator: (identifier) @name)) @definition.variable
(declaration declarator: (array_declarator declarator: (identifier) @name)) @definition.variable
(declaration declarator: (init_declarator declarator: (array_declarator declarator: (identifier) @name))) @definition.variable
(declaration declarator: (pointer_declarator declarator: (identifier) @name)) @definition.variable
(declaration declarator: (init_declarator declarator: (pointer_declarator declarator: (array_declarator declarator: (identifier) @name)))) @definition.variable
(declaration declarator: (init_declarator declarator: (array_declarator declarator: (array_declarator declarator: (identifier) @name)))) @definition.variable
(declaration declarator: (array_declarator declarator: (array_declarator declarator: (identifier) @name))) @definition.variable
(declaration declarator: (init_declarator declarator: (pointer_declarator declarator: (identifier) @name))) @definition.variable
(declaration declarator: (init_declarator
  declarator: (function_declarator declarator: (parenthesized_declarator (pointer_declarator (identifier) @name))))) @definition.variable
(struct_specifier name: (type_identifier) @name body: (_) @body) @definition.struct
(union_specifier name: (type_identifier) @name body: (_) @body) @definition.union
(enum_specifier name: (type_identifier) @name body: (_) @body) @definition.enum
(enumerator name: (identifier) @name) @definition.enumMember
(field_declaration declarator: (field_identifier) @name) @definition.field
(field_declaration declarator: (array_declarator declarator: (field_identifier) @name)) @definition.field
(field_declaration declarator: (pointer_declarator declarator: (field_identifier) @name)) @definition.field
(field_declaration declarator: (pointer_declarator declarator: (pointer_declarator declarator: (field_identifier) @name))) @definition.field
(field_declaration declarator: (pointer_declarator declarator: (array_declarator declarator: (field_identifier) @name))) @definition.field
(field_declaration declarator: (array_declarator declarator: (array_declarator declarator: (field_identifier) @name))) @definition.field
(field_declaration declarator: (function_declarator
  declarator: (parenthesized_declarator (pointer_declarator (field_identifier) @name)))) @definition.field
(field_declaration declarator: (pointer_declarator declarator: (function_declarator
  declarator: (parenthesized_declarator (pointer_declarator (field_identifier) @name))))) @definition.field
(type_definition declarator: (type_identifier) @name) @definition.type
(type_definition declarator: (pointer_declarator declarator: (type_identifier) @name)) @definition.type
(type_definition declarator: (array_declarator declarator: (type_identifier) @name)) @definition.type
(type_definition declarator: (function_declarator
  declarator: (parenthesized_declarator (pointer_declarator (type_identifier) @name)))) @definition.type
(type_definition declarator: (function_declarator declarator: (type_identifier) @name)) @definition.type
(type_definition declarator: (function_declarator declarator: (parenthesized_declarator (type_identifier) @name))) @definition.type
(type_definition declarator: (pointer_declarator declarator: (function_declarator
  declarator: (parenthesized_declarator (pointer_declarator (type_identifier) @name))))) @definition.type
((preproc_def name: (identifier) @name) @definition.constant (#set! scope "file"))
((preproc_function_def name: (identifier) @name value: (_)? @body) @definition.macro (#set! scope "file"))
(storage_class_specifier) @modifier
(comment) @comment

; ---- imports
(preproc_include path: (string_literal) @import.module) @include
(preproc_include path: (system_lib_string) @import.module @import.system) @include

; ---- calls
(call_expression function: (identifier) @name arguments: (_) @call.arguments) @reference.call
(call_expression
  function: (field_expression argument: (_) @call.receiver field: (field_identifier) @name)
  arguments: (_) @call.arguments) @reference.call

; ---- types in signatures
(parameter_declaration type: (_) @type.parameter)
(function_definition type: (_) @type.return)
(field_declaration type: (type_identifier) @type.variable)
(declaration type: (type_identifier) @type.variable)
(field_declaration type: (struct_specifier !body) @type.variable)
(declaration type: (struct_specifier !body) @type.variable)
(type_identifier) @reference.type

; ---- complexity
[(if_statement) (for_statement) (while_statement) (do_statement) (case_statement) (conditional_expression)] @branch
(binary_expression ["&&" "||"] @branch)

; SQL: see README.md for the captures.

; ---- definitions
(create_table (object_reference name: (_) @name) (column_definitions) @body) @definition.struct
(create_table (keyword_table) (object_reference name: (_) @name) (create_query) @body) @definition.struct
(create_view (object_reference name: (_) @name) (create_query) @body) @definition.struct
(create_materialized_view (object_reference name: (_) @name) (create_query) @body) @definition.struct
(alter_table
  (object_reference name: (_) @container) (add_column (column_definition name: (_) @name) @definition.field))
(column_definition name: (_) @name) @definition.field
(create_function (keyword_function) . (object_reference name: (_) @name) (function_body) @body) @definition.function
(create_type (object_reference name: (_) @name) (enum_elements) @body) @definition.enum
(enum_elements enum_element: (_) @name @definition.enumMember)
(create_type (object_reference name: (_) @name)) @definition.type
(create_index column: (_) @name) @definition.key
(create_trigger (keyword_trigger) . (object_reference name: (_) @name)) @definition.event
(create_sequence (object_reference name: (_) @name)) @definition.variable
(create_schema [(keyword_schema) (keyword_exists)] . (keyword_authorization)? . (identifier) @name) @definition.namespace
(comment) @comment
(marginalia) @comment

; ---- calls, and the tables that statements use
(invocation (object_reference name: (_) @name)) @reference.call @call.arguments
(create_trigger [(keyword_function) (keyword_procedure)] . (object_reference name: (_) @name)) @reference.call
(relation (object_reference name: (_) @name) @type.variable)
(from (object_reference name: (_) @name) @type.variable)
(insert (object_reference name: (_) @name) @type.variable)
(column_definition (keyword_references) . (object_reference name: (_) @name) @type.variable)
(constraint (keyword_references) . (object_reference name: (_) @name) @type.variable)
(create_index (object_reference name: (_) @name) @type.variable)
(create_trigger (keyword_on) . (object_reference name: (_) @name) @type.variable)
(alter_table (object_reference name: (_) @name) @type.variable)

; ---- complexity
[(when_clause)] @branch

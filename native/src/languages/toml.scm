; TOML: tables, and keys at the top and in tables; of arrays of tables only the tables. See README.md for the captures.
(table . (_) @name . (comment)? . (pair) @body) @definition.key
(table . (_) @name) @definition.key
(table_array_element . (_) @name . (comment)? . (pair) @body) @definition.key
(table_array_element . (_) @name) @definition.key
(table (pair . (_) @name [(array) (inline_table)] @body) @definition.key)
(table (pair . (_) @name) @definition.key)
(document (pair . (_) @name [(array) (inline_table)] @body) @definition.key)
(document (pair . (_) @name) @definition.key)
(comment) @comment

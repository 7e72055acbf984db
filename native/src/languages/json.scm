; JSON: keys of the first two levels, and those of the third that hold more; nothing in arrays. See README.md for the
; captures.
(document (object (pair key: (string) @name value: [(object) (array)] @body) @definition.key))
(document (object (pair key: (string) @name) @definition.key))
(document (object (pair value: (object
  (pair key: (string) @name value: [(object) (array)] @body) @definition.key))))
(document (object (pair value: (object (pair key: (string) @name) @definition.key))))
(document (object (pair value: (object (pair value: (object
  (pair key: (string) @name value: [(object) (array)] @body) @definition.key))))))
; after a missing comma
(document (object (ERROR (pair key: (string) @name) @definition.key)))
(comment) @comment

"""XML Schema of our own for commands and answers, made from their declarations.

`parts` is what a schema is made of and writes it, `of_commands` and `of_answers` make the parts, `value_types` says how
the values of attributes are written.
"""

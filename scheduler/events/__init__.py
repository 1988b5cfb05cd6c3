"""Events: what the journal holds, as documents for those who follow the engine.

`happening` is one row of the journal, `ring` keeps the last of them, `choice` says which of them somebody wants, and
`document` writes them.
"""

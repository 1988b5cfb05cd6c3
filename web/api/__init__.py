"""The JSON interface under `/api/v1`: what the pages show and do, for programs.

answers      what is told, as dataclasses; from rows of the database
schema       dataclasses -> JSON and JSON schema
routes       how a route is declared: address, permission, arguments, answer
problems     errors as problem+json
reading, deeds, administration   the routes
openapi      the description, made from the declarations

Programs sign in with a token; the same permissions count as on the pages. A browser that is signed in may read, too.
"""

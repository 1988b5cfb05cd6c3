"""The face of the product: its command line, and the client module for other programs.

`stellwerk.client` needs nothing but the standard library and lxml. Nobody inside imports `stellwerk.cli`.
"""

"""A worker: what an engine does that has a supervisor.

cache      the files that came, on the disk: a version takes effect as a whole or not at all
built_version  how the files of a version are made
channel    one connection to a supervisor that we open: documents out, documents in
link       the way to one supervisor: connect, prove who we are, register, and again when it is lost
transfers  what is fetched over a link: ours, classic over TCP, classic over HTTP
worker     all links of an engine, and when it fetches
tls        our side of TLS
"""

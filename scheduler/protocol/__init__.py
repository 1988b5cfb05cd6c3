"""The command protocol without sockets: bytes -> documents -> commands, replies -> bytes."""

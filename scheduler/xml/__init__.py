"""XML as data: reading with positions and limits (`document`), declarations of elements (`attribute_types`,
`declaration`, `check`), writing of answers (`write`)."""

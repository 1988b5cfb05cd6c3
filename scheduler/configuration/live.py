"""Names of files in the hot folder and the objects that they stand for."""

from __future__ import annotations

from scheduler import paths
from scheduler.errors import Code, WorkloadError
from scheduler.records import ObjectKind

_KINDS = {kind.value: kind for kind in ObjectKind}


def object_of(file_name: str, folder: str) -> tuple[ObjectKind, str] | None:
    """Kind and path of the object that a file in `folder` stands for; None when it is no object and to be ignored.

    The type is what the last two dots enclose, the name everything before. The path of an order is `FOLDER/CHAIN,ID`.
    Raises BAD_ORDER_FILE.
    """
    if file_name.startswith("."):
        return None
    name, _, word = file_name.removesuffix(".xml").rpartition(".")
    if not file_name.endswith(".xml") or not name:
        return None
    kind = _KINDS.get(word)
    if kind is None:
        return None
    if kind is ObjectKind.ORDER:
        chain, _, order_id = name.partition(",")
        if not chain or not order_id:
            raise WorkloadError(Code.BAD_ORDER_FILE, name=file_name)
    return kind, paths.join(folder, name)


def file_name_of(kind: ObjectKind, path: str) -> str:
    "The name of the file, without its folder, that stands for an object."
    return f"{paths.name(path)}.{kind.value}.xml"


def split_order_path(path: str) -> tuple[str, str]:
    "The path of the job chain and the order id in the path of an order: `/a/chain,id` -> `/a/chain`, `id`."
    chain, _, order_id = paths.name(path).partition(",")
    return paths.join(paths.folder(path), chain), order_id

"""Reads request bodies (JSON, or multipart with `payload_json` and files) and makes JSON answers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from aiohttp import BodyPartReader, web

from sandbox.discord.rest.errors import INVALID_JSON, ApiError
from sandbox.discord.state import Upload
from sandbox.traffic import BODY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.discord.state import Json


async def read_json(request: web.Request) -> Any:
    """The parsed JSON body, or None if there is none. The recorder gets it, too.

    Raises:
        ApiError: it is not JSON.
    """
    data = await request.read()
    if not data:
        return None
    if request.content_type != "application/json":
        raise ApiError(INVALID_JSON)
    return _parsed(request, data)


async def read_object(request: web.Request) -> Json:
    """The JSON object of the body, empty if there is none. Raises `ApiError` if it is something else."""
    value = await read_json(request)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ApiError(INVALID_JSON)
    return cast("Json", value)


async def read_with_files(request: web.Request) -> tuple[Json, dict[int, Upload]]:
    """The JSON object of the body, and the files by the number in their field's name (`files[0]`). Raises `ApiError`."""
    if request.content_type != "multipart/form-data":
        return await read_object(request), {}
    payload: Json = {}
    files: dict[int, Upload] = {}
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or part.name is None:
            raise ApiError(INVALID_JSON)
        data = bytes(await part.read(decode=True))
        if part.name == "payload_json":
            payload = cast("Json", _parsed(request, data))
        else:
            number = int(part.name.removeprefix("files[").removesuffix("]"))
            content_type = part.headers.get("Content-Type")
            if content_type == "application/octet-stream":
                content_type = None
            files[number] = Upload(part.filename or "unknown", data, content_type)
    return payload, files


def _parsed(request: web.Request, data: bytes) -> Any:
    try:
        request[BODY] = value = json.loads(data)
    except ValueError as error:
        raise ApiError(INVALID_JSON) from error
    return value


def answer(value: object, *, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """A JSON answer. The content type has no charset: discord.py compares the whole header."""
    response = web.Response(status=status, body=json.dumps(value).encode(), headers=headers)
    response.content_type = "application/json"
    return response

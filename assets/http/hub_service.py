"""The Hugging Face Hub as a service: its address and its request headers."""

from huggingface_hub import constants

from assets.http.client import Service

SOURCE = "hugging_face_hub"
# A mirror passes on links with the public address; HF_ENDPOINT can name another one.
PUBLIC_ADDRESSES = ("https://huggingface.co", constants.ENDPOINT)


def hub_headers(token: str | None) -> dict[str, str]:
    """Return the headers of every request to the Hub, with `token` if there is one.

    The client library's own builder requests a list of coding agents from huggingface.co each day, with an HTTP client
    of its own.
    """
    authorization = {"Authorization": f"Bearer {token}"} if token else {}
    return {"User-Agent": "tidegauge", "Accept-Encoding": "gzip", **authorization}


def hub_service(endpoint: str, token: str | None) -> Service:
    """Return the Hub at `endpoint`, with `token` if there is one."""
    headers = {**hub_headers(token), "Accept": "application/json"}
    return Service(SOURCE, endpoint, headers, known_as=PUBLIC_ADDRESSES)

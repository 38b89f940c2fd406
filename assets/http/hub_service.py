"""The Hugging Face Hub as a service: its address, and the headers of its own client library."""

from huggingface_hub import constants

from assets.http.client import Service

SOURCE = "hugging_face_hub"


def hub_service(endpoint: str, token: str | None) -> Service:
    """Return the Hub at `endpoint`, requested with the client library's own headers."""
    from huggingface_hub.utils._headers import build_hf_headers

    headers = build_hf_headers(token=token or False, library_name="tidegauge")
    headers = {**headers, "Accept": "application/json", "Accept-Encoding": "gzip"}
    return Service(SOURCE, endpoint, headers, known_as=constants.ENDPOINT)

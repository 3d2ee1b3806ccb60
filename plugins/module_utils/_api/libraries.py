# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The libraries below the client, or a stand-in, so that its files can be imported where they are missing.

Nothing of the stand-in is used: the client says first what is missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import requests
    import urllib3
    from requests.adapters import HTTPAdapter
    from urllib3.connection import HTTPConnection
    from urllib3.connectionpool import HTTPConnectionPool
else:
    try:
        import requests
        import urllib3
        from requests.adapters import HTTPAdapter
        from urllib3.connection import HTTPConnection
        from urllib3.connectionpool import HTTPConnectionPool
    except ImportError:

        class _EveryName(type):
            def __getattr__(cls, name: str) -> Any:
                if name.startswith("__"):
                    raise AttributeError(name)
                return cls

        class _MissingError(Exception, metaclass=_EveryName):
            """Stands for a library and for everything in it."""

        requests = urllib3 = HTTPAdapter = HTTPConnection = HTTPConnectionPool = _MissingError

__all__ = ["HTTPAdapter", "HTTPConnection", "HTTPConnectionPool", "requests", "urllib3"]

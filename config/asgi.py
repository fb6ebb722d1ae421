"""The web application that uvicorn serves."""

from __future__ import annotations

import os
import warnings

from django.core.asgi import get_asgi_application

# whitenoise and FileResponse hand out plain iterators; the files are small enough to be read at once
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_asgi_application()

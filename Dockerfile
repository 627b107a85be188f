# mysqlclient has no wheels for Linux: it is built here, so that no compiler stays in the image that runs.
FROM python:3.11-slim-bookworm AS build
RUN apt-get update \
    && apt-get install --yes --no-install-recommends gcc libc6-dev libmariadb-dev pkg-config \
    && rm -rf /var/lib/apt/lists/*
RUN python -m venv /venv
COPY requirements.txt .
RUN /venv/bin/pip install --no-cache-dir --require-hashes --requirement requirements.txt


FROM python:3.11-slim-bookworm
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libmariadb3 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin reanimator \
    && install --directory --owner reanimator --group nogroup /data /data/bundles
ENV PATH="/venv/bin:$PATH" \
    PYTHONUNBUFFERED=1 \
    LOG_FORMAT=json \
    BUNDLE_STORAGE_URL=file:/data/bundles \
    WEB_BIND=0.0.0.0:8000
COPY --from=build /venv /venv
WORKDIR /app
COPY . .
# The key is for this one command and signs nothing.
RUN python -m compileall -q . \
    && SECRET_KEY=unused DATABASE_URL=sqlite:////tmp/unused.sqlite3 python manage.py collectstatic --no-input
USER reanimator
EXPOSE 8000
# 127.0.0.1 has to be among ALLOWED_HOSTS, as it is by default. Workers and beat bring checks of their own.
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health', timeout=4)"]
CMD ["gunicorn", "reanimator.wsgi"]

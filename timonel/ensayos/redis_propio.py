"""Un Redis de verdad para un ensayo: en un puerto propio, con clave, sin guardar nada y que muere con quien lo arranca.

Usa el ``redis-server`` del sistema; si no lo hay y el sistema tiene apt, lo descarga de Debian y lo desempaqueta en una
carpeta de caché, sin ser root y sin tocar nada más.
"""

import ctypes
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from dominio.errores import ErrorServicio
from dominio.reloj import RelojSistema

PLAZO_S = 20.0
DESCARGA_S = 300.0
PAQUETES = ("redis-server", "redis-tools")
_PR_SET_PDEATHSIG = 1
_OPCIONES = {
    "bind": "127.0.0.1",
    "save": "",
    "appendonly": "no",
    "maxmemory-policy": "noeviction",
    "daemonize": "no",
}


class RedisPropio:
    """Un servidor para este proceso. ``arrancar`` devuelve su dirección, siempre la misma aunque muera y vuelva."""

    def __init__(self, programa: Path | None = None) -> None:
        self._programa = programa or hallar_redis()
        self._carpeta = Path(tempfile.mkdtemp(prefix=f"timonel-redis-{os.getpid()}-"))
        self._puerto = _puerto_libre()
        self._clave = secrets.token_hex(16)
        self._proceso: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Devuelve la dirección, con su clave."""
        return f"redis://:{self._clave}@127.0.0.1:{self._puerto}/0"

    def arrancar(self) -> str:
        """Arranca el servidor (otra vez, si murió) y devuelve su dirección cuando responde.

        Raises:
            ErrorServicio: SRV-RE1 si no arranca.
        """
        configuracion = self._carpeta / "redis.conf"
        configuracion.touch(mode=0o600)  # la clave no va en la línea de órdenes: la vería cualquiera
        ajustes = {**_OPCIONES, "port": str(self._puerto), "dir": str(self._carpeta), "requirepass": self._clave}
        configuracion.write_text("".join(f'{n} "{v}"\n' for n, v in ajustes.items()), encoding="ascii")
        registro = self._carpeta / "registro"
        with registro.open("ab") as salida:
            self._proceso = subprocess.Popen(  # noqa: S603 - el programa lo halló este módulo
                [str(self._programa), str(configuracion)],
                stdout=salida, stderr=salida, start_new_session=True, preexec_fn=morir_con_el_padre,
                env={**os.environ, **_bibliotecas(self._programa)},
            )  # fmt: skip
        self._esperar(registro)
        return self.url

    def _esperar(self, registro: Path) -> None:
        reloj, pausa = RelojSistema(), threading.Event()
        limite = reloj.monotonico() + PLAZO_S
        while self._proceso is not None and self._proceso.poll() is None and reloj.monotonico() < limite:
            if self.responde():
                return
            pausa.wait(0.02)
        detalle = registro.read_text(errors="replace").strip()[-300:]
        self.parar()
        raise ErrorServicio("SRV-RE1", "Redis no arrancó.", "Mire el detalle.", detalle=detalle)

    def responde(self) -> bool:
        """Devuelve si contesta a PING."""
        import redis

        with redis.Redis.from_url(self.url, socket_timeout=2, socket_connect_timeout=2) as cliente:
            try:
                return bool(cliente.ping())
            except redis.RedisError:
                return False

    def vaciar(self) -> None:
        """Borra todo lo que guarda, como un FLUSHALL de alguien."""
        import redis

        with redis.Redis.from_url(self.url) as cliente:
            cliente.flushall()

    def matar(self) -> None:
        """Lo mata sin avisarle (SIGKILL); ``arrancar`` lo levanta vacío en el mismo puerto."""
        if self._proceso is not None and self._proceso.poll() is None:
            self._proceso.kill()
            self._proceso.wait(PLAZO_S)

    def parar(self) -> None:
        """Lo mata y borra su carpeta. Se puede llamar más de una vez."""
        self.matar()
        shutil.rmtree(self._carpeta, ignore_errors=True)

    def __enter__(self) -> "RedisPropio":
        self.arrancar()
        return self

    def __exit__(self, *_: object) -> None:
        self.parar()


def hallar_redis(*, del_sistema: bool = True, cache: Path | None = None) -> Path:
    """Devuelve un ``redis-server`` que se puede ejecutar; lo descarga de Debian si hace falta y se puede.

    Raises:
        ErrorServicio: SRV-RE2 si no lo hay ni se puede conseguir.
    """
    instalado = shutil.which("redis-server") or shutil.which("valkey-server")
    if del_sistema and instalado:
        return Path(instalado)
    raiz = (cache or _carpeta_de_cache()) / "redis"
    programa = raiz / "usr/bin/redis-server"
    if not programa.exists():
        _descargar(raiz)
    if not programa.exists():
        raise _sin_redis("el paquete no trae redis-server")
    return programa


def _descargar(raiz: Path) -> None:
    """Descarga los paquetes con un estado de apt propio y los desempaqueta en ``raiz``, de una vez."""
    apt, dpkg = shutil.which("apt-get"), shutil.which("dpkg-deb")
    if apt is None or dpkg is None:
        raise _sin_redis("no hay redis-server y este sistema no usa apt")
    raiz.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="timonel-apt-", dir=raiz.parent) as carpeta:
        estado, cache, nueva = (Path(carpeta) / nombre for nombre in ("estado", "cache", "raiz"))
        (estado / "lists/partial").mkdir(parents=True)
        (cache / "archives/partial").mkdir(parents=True)
        sin_instalar = Path(carpeta) / "status"
        sin_instalar.write_text(_sin_redis_instalado(), encoding="utf-8")
        opciones = [
            *("-o", f"Dir::State={estado}", "-o", f"Dir::State::status={sin_instalar}", "-o", f"Dir::Cache={cache}"),
            *("-o", "Debug::NoLocking=1", "-o", "APT::Sandbox::User="),
        ]
        _correr([apt, *opciones, "update"])
        _correr([apt, *opciones, "install", "-y", "--no-install-recommends", "--download-only", *PAQUETES])
        for paquete in sorted((cache / "archives").glob("*.deb")):
            _correr([dpkg, "-x", str(paquete), str(nueva)])
        shutil.rmtree(raiz, ignore_errors=True)
        nueva.replace(raiz)


def _sin_redis_instalado() -> str:
    """Devuelve el estado de dpkg sin los paquetes de Redis: si estaban instalados, apt no los bajaría."""
    instalado = Path("/var/lib/dpkg/status").read_text(encoding="utf-8", errors="replace")
    fichas = (
        ficha for ficha in instalado.split("\n\n") if not ficha.startswith(("Package: redis", "Package: liblzf1\n"))
    )
    return "\n\n".join(fichas)


def _correr(orden: list[str]) -> None:
    try:
        hecho = subprocess.run(  # noqa: S603 - programas del sistema, sin nada tecleado por nadie
            orden, capture_output=True, text=True, timeout=DESCARGA_S, check=False, env={**os.environ, "LC_ALL": "C"}
        )
    except (OSError, subprocess.TimeoutExpired) as fallo:
        raise _sin_redis(type(fallo).__name__) from fallo
    if hecho.returncode != 0:
        raise _sin_redis((hecho.stderr.strip().splitlines() or ["apt falló"])[-1])


def _sin_redis(porque: str) -> ErrorServicio:
    return ErrorServicio(
        "SRV-RE2", f"No hay Redis: {porque}.", "Instale redis-server (apt install redis-server).", porque=porque
    )


def _bibliotecas(programa: Path) -> dict[str, str]:
    """Devuelve dónde buscar las bibliotecas de un Redis desempaquetado; nada si es el del sistema."""
    raiz = programa.parent.parent.parent
    carpetas = [str(carpeta) for carpeta in sorted(raiz.glob("usr/lib/*-linux-gnu"))] if raiz != Path("/") else []
    return {"LD_LIBRARY_PATH": ":".join(carpetas)} if carpetas else {}


def _carpeta_de_cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "timonel"


def _puerto_libre() -> int:
    with socket.socket() as enchufe:
        enchufe.bind(("127.0.0.1", 0))
        return int(enchufe.getsockname()[1])


def morir_con_el_padre() -> None:
    """Pide al núcleo que mate al servidor cuando muera quien lo arrancó: no quedan servidores huérfanos."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)

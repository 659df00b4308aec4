"""Un trabajador o un planificador de Celery en procesos de verdad: se pueden matar y mueren con quien los arranca."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from timonel.ensayos.redis_propio import morir_con_el_padre

PLAZO_PARADA_S = 15.0


class ProcesoCelery:
    """``celery worker`` o ``celery beat``. ``arrancar`` lo lanza; ``matar`` es SIGKILL a él y a sus hijos."""

    def __init__(self, orden: str, *args: str, entorno: Mapping[str, str], aplicacion: str = "timonel.celery") -> None:
        self._carpeta = Path(tempfile.mkdtemp(prefix=f"timonel-celery-{os.getpid()}-"))
        self.registro = self._carpeta / "registro"
        propios = ("--schedule", str(self._carpeta / "horario")) if orden == "beat" else ("--without-mingle",)
        self._orden = [sys.executable, "-m", "celery", "-A", aplicacion, orden, *propios, *args]
        # Sin adornos de terminal ni avisos: lo único que se lee de él es si falla.
        self._entorno = {**os.environ, **entorno, "PYTHONWARNINGS": "ignore"}
        self._proceso: subprocess.Popen[bytes] | None = None

    @property
    def vivo(self) -> bool:
        """Devuelve si está en marcha."""
        return self._proceso is not None and self._proceso.poll() is None

    def arrancar(self) -> None:
        """Lo lanza, o lo lanza otra vez si murió. No espera a que esté listo: lo que haga se ve en la base."""
        with self.registro.open("ab") as salida:
            self._proceso = subprocess.Popen(  # noqa: S603 - este mismo intérprete
                self._orden, stdout=salida, stderr=salida, stdin=subprocess.DEVNULL, env=self._entorno,
                cwd=Path(__file__).parent.parent.parent, start_new_session=True, preexec_fn=morir_con_el_padre,
            )  # fmt: skip

    def matar(self) -> None:
        """Lo mata de golpe, con sus hijos, como un corte de luz."""
        if self._proceso is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._proceso.pid, signal.SIGKILL)
            self._proceso.wait(PLAZO_PARADA_S)

    def parar(self) -> None:
        """Le pide que acabe; si no acaba a tiempo, lo mata. Borra su carpeta. Se puede llamar más de una vez."""
        if self.vivo and self._proceso is not None:
            self._proceso.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._proceso.wait(PLAZO_PARADA_S)
        self.matar()
        shutil.rmtree(self._carpeta, ignore_errors=True)

    def __enter__(self) -> "ProcesoCelery":
        self.arrancar()
        return self

    def __exit__(self, *_: object) -> None:
        self.parar()

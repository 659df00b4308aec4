"""Corre a mano la orden de cada servicio de compose.yaml y comprueba que hace su trabajo, sin contenedores.

Las órdenes salen de compose.yaml, tal cual; lo que cambia es dónde: PostgreSQL y Redis de verdad pero de este equipo,
los secretos en una carpeta provisional y la sede y la cuenta de Twilio de laboratorio. Caddy se comprueba si está.

    python scripts/servicios_a_mano.py [--json]      # y en «make test-largo»

Sale con 0 si todos hicieron lo suyo, 1 si alguno no y 3 si no hay PostgreSQL o Redis con que probar.
"""

import argparse
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import yaml

from dominio.errores import ErrorServicio
from dominio.reloj import RelojSistema
from tests.rutas import RAIZ
from tests.servicios.postgres_privado import PostgresPrivado, SinPostgres
from timonel.ensayos.redis_propio import hallar_redis, morir_con_el_padre

LIMITE_S = 240.0
BOT = "deriv_dinamico"
DESTINO = "+15005550010"
SERVICIOS: dict[str, dict[str, Any]] = yaml.safe_load((RAIZ / "compose.yaml").read_text(encoding="utf-8"))["services"]
_PAUSA = threading.Event()


class NoHizoLoSuyo(Exception):
    """Un servicio no hizo su trabajo; el texto dice cuál."""


class Banco:
    """Los secretos, la base, Redis, la sede y la cuenta de esta prueba, y los servicios que se van lanzando."""

    def __init__(self, carpeta: Path, pila: ExitStack) -> None:
        self.carpeta, self.pila = carpeta, pila
        self.secretos, self.datos, self.pulso = (carpeta / nombre for nombre in ("secretos", "datos", "pulso"))
        for ruta in (self.secretos, self.datos, self.pulso):
            ruta.mkdir()
        self.puerto_web, self.puerto_redis, self.puerto_pg = (_puerto_libre() for _ in range(3))
        self.claves = {nombre: secrets.token_hex(16) for nombre in ("redis_clave", "clave_secreta")}
        self.claves["clave_secreta"] = secrets.token_hex(40)
        self.laboratorio: dict[str, str] = {}

    def secreto(self, nombre: str, valor: str) -> None:
        """Deja un secreto donde lo busca su servicio."""
        ruta = self.secretos / nombre
        ruta.touch(mode=0o600)
        ruta.write_text(valor + "\n", encoding="utf-8")

    def entorno(self, nombre: str) -> dict[str, str]:
        """Devuelve el entorno que compose.yaml da a un servicio, con los sitios de aquí y no los del contenedor."""
        limpio = {n: v for n, v in os.environ.items() if not n.startswith(("TIMONEL_", "DJANGO_"))}
        propio: dict[str, str] = {
            "TIMONEL_DATOS": str(self.datos),
            "TIMONEL_FICHERO_ENV": os.devnull,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(RAIZ),
            "REDIS_PUERTO": str(self.puerto_redis),
            "REDIS_DATOS": str(self.carpeta),
        }
        for variable, valor in SERVICIOS[nombre].get("environment", {}).items():
            if "${" not in str(valor):  # lo que el dueño escribe en su .env se pone abajo
                propio[variable] = self._aqui(str(valor))
        propio["TIMONEL_DOMINIOS"] = "127.0.0.1"
        return {**limpio, **propio, **{n: v for n, v in self.laboratorio.items() if self._le_toca(nombre, n)}}

    def _aqui(self, texto: str) -> str:
        return (
            texto.replace("/run/secrets", str(self.secretos))
            .replace("/pulso/", f"{self.pulso}/")
            .replace("redis:6379", f"127.0.0.1:{self.puerto_redis}")
        )

    def _le_toca(self, nombre: str, variable: str) -> bool:
        """Devuelve si compose.yaml da esa variable (o su grupo) al servicio: no se le regala nada que no tendría."""
        dadas = SERVICIOS[nombre].get("environment", {})
        if variable.startswith("TIMONEL_DERIV"):
            return "TIMONEL_DERIV_TOKEN_FILE" in dadas
        return "TIMONEL_TWILIO_TOKEN_FILE" in dadas or not variable.startswith(("TIMONEL_TWILIO", "TIMONEL_WHATSAPP"))

    def orden(self, nombre: str) -> list[str]:
        """Devuelve la orden del servicio tal como está en compose.yaml («$$» es un «$»), con los sitios de aquí."""
        partes = [str(parte).replace("$$", "$") for parte in SERVICIOS[nombre]["command"]]
        # Otro puerto y otra carpeta: este equipo puede estar usando los de siempre.
        cambios = {"8000": str(self.puerto_web), "0.0.0.0": "127.0.0.1", "/tmp/horario": str(self.carpeta / "horario")}
        partes = [
            self._aqui(cambios.get(parte, parte)).replace("/tmp/redis.conf", f"{self.carpeta}/redis.conf")
            for parte in partes
        ]
        return [str(hallar_redis()) if parte == "redis-server" else parte for parte in partes]

    def correr(self, nombre: str) -> subprocess.CompletedProcess[str]:
        """Corre hasta el final la orden de un servicio de una vez."""
        return subprocess.run(
            self.orden(nombre), cwd=RAIZ, env=self.entorno(nombre), capture_output=True, text=True, check=False,
            timeout=LIMITE_S,
        )  # fmt: skip

    def lanzar(self, nombre: str) -> subprocess.Popen[bytes]:
        """Lanza un servicio y lo apaga al acabar la prueba."""
        with (self.carpeta / f"{nombre}.log").open("ab") as salida:
            proceso = subprocess.Popen(
                self.orden(nombre), cwd=RAIZ, env=self.entorno(nombre), stdout=salida, stderr=salida,
                start_new_session=True, preexec_fn=morir_con_el_padre,
            )  # fmt: skip
        self.pila.callback(_apagar, proceso)
        return proceso

    def sonda(self, nombre: str) -> int:
        """Devuelve en qué acaba la comprobación de salud que compose.yaml dice para ese servicio."""
        orden = [str(parte) for parte in SERVICIOS[nombre]["healthcheck"]["test"]]
        partes = ["sh", "-c", *orden[1:]] if orden[0] == "CMD-SHELL" else orden[1:]
        partes = [self._aqui(parte.replace("$$", "$").replace(":8000", f":{self.puerto_web}")) for parte in partes]
        partes = [parte.replace("redis-cli", f"redis-cli -p {self.puerto_redis}") for parte in partes]
        hecho = subprocess.run(partes, cwd=RAIZ, env=self.entorno(nombre), capture_output=True, check=False, timeout=60)
        return hecho.returncode

    def hasta(self, que: str, condicion: Callable[[], Any], proceso: "subprocess.Popen[bytes] | None" = None) -> Any:
        """Espera a que se cumpla y devuelve lo que dio. Raises NoHizoLoSuyo si no, o si el proceso muere antes."""
        reloj = RelojSistema()
        limite = reloj.monotonico() + LIMITE_S
        while reloj.monotonico() < limite:
            with suppress(Exception):  # mientras arranca, cualquier fallo es «todavía no»
                if dio := condicion():
                    return dio
            if proceso is not None and proceso.poll() is not None:
                raise NoHizoLoSuyo(f"{que}: el proceso acabó con {proceso.returncode}")
            _PAUSA.wait(0.2)
        raise NoHizoLoSuyo(que)

    def consulta(self, sentencia: str) -> Any:
        """Devuelve el primer valor de una consulta a la base de la prueba."""
        import psycopg

        with psycopg.connect((self.secretos / "base_de_datos").read_text().strip(), connect_timeout=5) as conexion:
            fila = conexion.execute(sentencia).fetchone()
        return fila[0] if fila else None


def _apagar(proceso: "subprocess.Popen[bytes]") -> None:
    proceso.terminate()
    try:
        proceso.wait(70)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(proceso.pid, 9)
        proceso.wait()


def _puerto_libre() -> int:
    with socket.socket() as enchufe:
        enchufe.bind(("127.0.0.1", 0))
        return int(enchufe.getsockname()[1])


# --- cada servicio: lanzar su orden y comprobar que hace su trabajo ---------------------------------------------------


@contextmanager
def _postgres(banco: Banco) -> Iterator[str]:
    """Un PostgreSQL de verdad, con los ajustes (``-c``) que compose.yaml da al suyo."""
    servidor = PostgresPrivado()
    pedidos = [parte.split("=", 1) for parte in SERVICIOS["postgres"]["command"] if "=" in parte]
    try:
        yield servidor.arrancar(**dict(pedidos))
    finally:
        servidor.parar()


def comprobar_postgres(banco: Banco) -> str:
    """La base atiende con los ajustes pedidos."""
    banco.secreto("base_de_datos", banco.pila.enter_context(_postgres(banco)))
    for parte in SERVICIOS["postgres"]["command"]:
        if "=" in parte:
            nombre, valor = parte.split("=", 1)
            if banco.consulta(f"SELECT current_setting('{nombre}')") != valor:
                raise NoHizoLoSuyo(f"{nombre} no es {valor}")
    return "atiende con sus ajustes"


def comprobar_redis(banco: Banco) -> str:
    """Redis pide clave y no tira lo que guarda."""
    import redis

    banco.secreto("redis_clave", banco.claves["redis_clave"])
    banco.secreto("redis_url", f"redis://:{banco.claves['redis_clave']}@127.0.0.1:{banco.puerto_redis}/0")
    proceso = banco.lanzar("redis")
    url = (banco.secretos / "redis_url").read_text().strip()
    banco.hasta("responde", lambda: redis.Redis.from_url(url).ping(), proceso)
    with suppress(redis.AuthenticationError):
        redis.Redis(port=banco.puerto_redis).ping()
        raise NoHizoLoSuyo("deja entrar sin clave")
    if redis.Redis.from_url(url).config_get("maxmemory-policy")["maxmemory-policy"] != "noeviction":
        raise NoHizoLoSuyo("tiraría tareas al llenarse")
    if shutil.which("redis-cli") and banco.sonda("redis") != 0:
        raise NoHizoLoSuyo("su sonda no lo da por sano")
    return "responde, pide clave y no tira nada"


def comprobar_preparar(banco: Banco) -> str:
    """La base queda con todas sus tablas, y repetirlo no cambia nada."""
    banco.secreto("clave_secreta", banco.claves["clave_secreta"])
    for _ in range(2):
        hecho = banco.correr("preparar")
        if hecho.returncode != 0:
            raise NoHizoLoSuyo(f"acabó con {hecho.returncode}: {hecho.stderr[-500:]}")
    return f"{banco.consulta('SELECT count(*) FROM django_migrations')} migraciones"


def comprobar_web(banco: Banco) -> str:
    """El panel atiende, dice que está listo, pide entrar y solo en producción se deja ver por HTTPS."""
    for vacio in ("twilio_token", "whatsapp_pin"):
        banco.secreto(vacio, "")
    _crear_llaves(banco)
    proceso = banco.lanzar("web")
    base = f"http://127.0.0.1:{banco.puerto_web}"
    banco.hasta("/readyz", lambda: urllib.request.urlopen(f"{base}/readyz", timeout=5).status == 200, proceso)
    if banco.sonda("web") != 0:
        raise NoHizoLoSuyo("su sonda no lo da por sano")
    if (anonimo := _estado(f"{base}/api/v1/estado/", {"X-Forwarded-Proto": "https"})) not in (401, 403):
        raise NoHizoLoSuyo(f"la API contesta {anonimo} a cualquiera")
    if (sin_cifrar := _estado(f"{base}/")) != 301:
        raise NoHizoLoSuyo(f"sin HTTPS contesta {sin_cifrar}")
    return "listo, pide entrar y exige HTTPS"


def _estado(url: str, cabeceras: "dict[str, str] | None" = None) -> int:
    class SinSeguir(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: Any, **__: Any) -> None:
            return None

    try:
        peticion = urllib.request.Request(url, headers=cabeceras or {})
        return int(urllib.request.build_opener(SinSeguir).open(peticion, timeout=10).status)
    except urllib.error.HTTPError as fallo:
        return int(fallo.code)


def _crear_llaves(banco: Banco) -> None:
    from historial.sobres import crear_par

    privada, publica = crear_par()
    banco.secreto("llave_sobres", privada)
    banco.secreto("llave_sobres_publica", publica)


def comprobar_operador(banco: Banco) -> str:
    """El bot compra y liquida contra la sede de laboratorio, y su sonda lo da por vivo."""
    laboratorio = subprocess.Popen(
        [sys.executable, "-m", "timonel.cli", "laboratorio", "deriv", "--json"], cwd=RAIZ, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, preexec_fn=morir_con_el_padre,
        env={n: v for n, v in os.environ.items() if not n.startswith("TIMONEL_")} | {"TIMONEL_DATOS": str(banco.datos)},
    )  # fmt: skip
    banco.pila.callback(_apagar, laboratorio)
    linea = json.loads(laboratorio.stdout.readline() if laboratorio.stdout else "{}")
    variables = {nombre: str(valor) for nombre, valor in linea["variables"].items()}
    banco.secreto("deriv_token", variables.pop("TIMONEL_DERIV_TOKEN"))
    banco.laboratorio |= variables
    proceso = banco.lanzar("operador-deriv-dinamico")
    cuenta = "SELECT count(*) FROM operaciones WHERE origen = 'orden' AND estado = 'cerrada'"
    banco.hasta("cierra una operación", lambda: banco.consulta(cuenta), proceso)
    if banco.sonda("operador-deriv-dinamico") != 0:
        raise NoHizoLoSuyo("su sonda no lo da por vivo")
    return f"{banco.consulta(cuenta)} operaciones cerradas"


def comprobar_celery_y_beat(banco: Banco) -> str:
    """El planificador manda, el trabajador entrega los avisos de lo que el bot hizo, y el pulso late."""
    from laboratorio.twilio import ServidorTwilio, TwilioEnHilo

    cuenta = banco.pila.enter_context(TwilioEnHilo(ServidorTwilio(avisar=False)))
    variables = cuenta.variables(DESTINO)
    banco.secreto("twilio_token", variables.pop("TIMONEL_TWILIO_TOKEN"))
    banco.laboratorio |= variables
    trabajador, planificador = banco.lanzar("celery"), banco.lanzar("beat")
    banco.hasta("el pulso late", lambda: (banco.pulso / "pulso.json").exists(), trabajador)
    _publicar(banco)
    banco.hasta("llega un aviso", lambda: cuenta.libro.llegados(), trabajador)
    metricas = "SELECT count(*) FROM metricas_diarias"
    banco.hasta("hay métricas", lambda: banco.consulta(metricas), trabajador)
    if cuenta.libro.repetidos():
        raise NoHizoLoSuyo("repitió un aviso")
    for nombre in ("celery", "beat"):
        if banco.sonda(nombre) != 0:
            raise NoHizoLoSuyo(f"la sonda de {nombre} no lo da por vivo")
    if planificador.poll() is not None:
        raise NoHizoLoSuyo(f"beat acabó con {planificador.returncode}")
    return f"{len(cuenta.libro.llegados())} avisos entregados una vez, métricas y pulso"


def _publicar(banco: Banco) -> None:
    """Publica un suceso del que hay que avisar, como lo publica un bot."""
    import psycopg

    datos = json.dumps({"bot": BOT, "balance": "1000", "moneda": "USD", "entorno": "simulado", "tanda": 1})
    with psycopg.connect((banco.secretos / "base_de_datos").read_text().strip()) as conexion:
        conexion.execute(
            "INSERT INTO eventos (flujo, tipo, datos, en) VALUES (%s, 'INICIO_OPERATIVA', %s, now())", (BOT, datos)
        )


def comprobar_caddy(banco: Banco) -> str:
    """Su fichero es válido, si aquí hay Caddy con que mirarlo."""
    caddy = shutil.which("caddy")
    if caddy is None:
        return "sin comprobar: aquí no hay Caddy"
    orden = [caddy, "validate", "--config", str(RAIZ / "despliegue/Caddyfile"), "--adapter", "caddyfile"]
    hecho = subprocess.run(orden, env={**os.environ, "TIMONEL_DOMINIOS": "localhost"}, capture_output=True, check=False)
    if hecho.returncode != 0:
        raise NoHizoLoSuyo(hecho.stderr.decode()[-300:])
    return "su fichero es válido"


PASOS: tuple[tuple[str, Callable[[Banco], str]], ...] = (
    ("postgres", comprobar_postgres),
    ("redis", comprobar_redis),
    ("preparar", comprobar_preparar),
    ("web", comprobar_web),
    ("operador-deriv-dinamico", comprobar_operador),
    ("celery", comprobar_celery_y_beat),
    ("caddy", comprobar_caddy),
)


def comprobar(al_acabar: Callable[[str, str], None] = lambda _nombre, _que: None) -> dict[str, dict[str, Any]]:
    """Devuelve, por servicio, si hizo lo suyo y qué. Para en el primero que falla: los demás dependen de él."""
    resultado: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory(prefix="timonel-servicios-") as carpeta, ExitStack() as pila:
        banco = Banco(Path(carpeta), pila)
        for nombre, paso in PASOS:
            try:
                resultado[nombre] = {"bien": True, "que": paso(banco)}
            except NoHizoLoSuyo as motivo:
                registro = banco.carpeta / f"{nombre}.log"
                final = registro.read_text(errors="replace")[-1500:] if registro.exists() else ""
                resultado[nombre] = {"bien": False, "que": str(motivo), "registro": final}
            al_acabar(nombre, resultado[nombre]["que"])
            if not resultado[nombre]["bien"]:
                break
    return resultado


def principal() -> int:
    """Devuelve el estado de salida."""
    opciones = argparse.ArgumentParser(description=__doc__)
    opciones.add_argument("--json", action="store_true", help="Un objeto JSON en la última línea.")
    con_json = opciones.parse_args().json
    try:
        resultado = comprobar(lambda nombre, que: sys.stderr.write(f"{nombre}: {que}\n"))
    except (SinPostgres, ErrorServicio) as motivo:
        sys.stderr.write(f"{motivo}\n")
        return 3
    bien = all(uno["bien"] for uno in resultado.values())
    if con_json:
        sys.stdout.write(json.dumps({"bien": bien, "servicios": resultado}, ensure_ascii=False) + "\n")
    return int(not bien)


if __name__ == "__main__":
    raise SystemExit(principal())

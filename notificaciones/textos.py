"""El texto de un aviso, puro: cinco partes que valen igual para una plantilla aprobada y para un mensaje suelto.

La plantilla que se registra en Twilio para cualquier tipo es
«Timonel {{1}}. {{2}} Ya hecho: {{3}} Le toca: {{4}} (Ref. {{5}})». La marca {{5}} permite encontrarlo después.
"""

import hashlib
from base64 import b32encode
from datetime import datetime

from notificaciones.tipos import NuevoAviso

MAXIMO = 1024  # caracteres de un mensaje de plantilla, variables incluidas
_TOPES = (60, 380, 240, 200)  # cada parte; con las palabras fijas y la marca no pasa del máximo
PLANTILLA = "Timonel {{1}}. {{2}} Ya hecho: {{3}} Le toca: {{4}} (Ref. {{5}})"


def marca(clave: str, destino: str, canal: str, repeticion: int, creado_en: datetime) -> str:
    """Devuelve la marca estable de un mensaje: «TM» y diez letras o cifras que no se repiten en la cuenta.

    La hora de creación la distingue de la de otra instalación que use la misma cuenta.
    """
    sal = creado_en.isoformat(timespec="microseconds")
    resumen = hashlib.sha256("\x1f".join((clave, destino, canal, str(repeticion), sal)).encode()).digest()
    return "TM" + b32encode(resumen[:7])[:10].decode()


def variables(aviso: NuevoAviso, referencia: str, repeticion: int = 0) -> dict[str, str]:
    """Devuelve las cinco variables de la plantilla, sin saltos de línea ni espacios seguidos."""
    cabecera = f"{aviso.cabecera} (aviso {repeticion + 1})" if repeticion else aviso.cabecera
    partes = (cabecera, aviso.que_paso, aviso.hecho, aviso.se_espera)
    limpias = {str(n): _recortar(parte, tope) for n, (parte, tope) in enumerate(zip(partes, _TOPES, strict=True), 1)}
    return {**limpias, "5": referencia}


def cuerpo(partes: dict[str, str]) -> str:
    """Devuelve el mensaje entero, tal como lo compone la plantilla."""
    texto = PLANTILLA
    for nombre, valor in partes.items():
        texto = texto.replace("{{" + nombre + "}}", valor)
    return texto


def otra_vez(partes: dict[str, str], referencia: str, repeticion: int) -> dict[str, str]:
    """Devuelve las variables de una repetición: la misma noticia, con su número y su marca."""
    cabecera = partes["1"].partition(" (aviso ")[0]
    return {**partes, "1": f"{cabecera} (aviso {repeticion + 1})", "5": referencia}


def _recortar(texto: str, tope: int) -> str:
    plano = " ".join(texto.split()) or "nada"
    return plano if len(plano) <= tope else plano[: tope - 1].rstrip() + "…"

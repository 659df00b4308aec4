"""Preguntas en la consola: por la salida de errores, con respuesta por defecto, y sin preguntar si no hay nadie."""

import sys
from getpass import getpass


class Preguntas:
    """Pregunta a una persona; con ``si`` o sin terminal usa siempre la respuesta por defecto."""

    def __init__(self, si: bool) -> None:
        self.mudo = si or not sys.stdin.isatty()

    def texto(self, pregunta: str, defecto: str) -> str:
        """Devuelve lo contestado, o ``defecto`` si se deja en blanco."""
        if self.mudo:
            return defecto
        sys.stderr.write(f"{pregunta} [{defecto}]: " if defecto else f"{pregunta}: ")
        sys.stderr.flush()
        return input().strip() or defecto

    def secreto(self, pregunta: str) -> str:
        """Devuelve lo tecleado a ciegas; vacío si no hay a quién preguntar."""
        return "" if self.mudo else getpass(f"{pregunta}: ").strip()

    def confirmar(self, pregunta: str, *, si_mudo: bool) -> bool:
        """Devuelve si la respuesta empieza por «s»; sin nadie a quien preguntar, ``si_mudo``."""
        if self.mudo:
            return si_mudo
        sys.stderr.write(f"{pregunta} [s/N]: ")
        sys.stderr.flush()
        return input().strip().lower().startswith("s")

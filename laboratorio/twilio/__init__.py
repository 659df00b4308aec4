"""Una Twilio de laboratorio: la API de mensajes en la propia máquina, con libro, avisos firmados y fallos."""

from laboratorio.twilio.hilo import TwilioEnHilo
from laboratorio.twilio.libro import LibroTwilio
from laboratorio.twilio.servidor import ServidorTwilio

__all__ = ["LibroTwilio", "ServidorTwilio", "TwilioEnHilo"]

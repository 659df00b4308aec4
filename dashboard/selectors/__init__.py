"""Lo que leen la consola, la API y las páginas: un asunto por fichero; todo dicts listos para JSON.

Importes en ``Decimal``, horas UTC con zona, porcentajes de 0 a 100. ``datos`` es la carpeta de datos (ficheros de bots
y banderas) y ``ahora`` la hora: nada de aquí la mira. Los errores de quien pide son ``ErrorUsuario`` con su código.

* ``bots``: ``bots(datos, ahora)``, ``bot(nombre, datos, ahora)``, ``sin_operar(datos)``, ``equidad(tarjetas)``
* ``temporizador``: ``temporizador(bot, datos, ahora)``
* ``estadisticas``: ``estadisticas(consulta, datos)``, ``winrate(consulta, datos)``, ``fiabilidad(consulta, datos)``
* ``balance``: ``actual(datos, ahora)``, ``serie(bot, datos, desde=, hasta=)``
* ``operaciones``: ``pagina(Consulta(...))``, ``una(pk)``, ``opciones()``
* ``orden``: ``vida(id_cliente)``
* ``horarios``, ``velas``, ``avisos``, ``sistema``, ``latidos``, ``mando``
"""

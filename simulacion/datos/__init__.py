"""Datos de mercado guardados: se importan de CSV, MT5, Parquet o la historia de una sede, se comprueban y se releen.

La puerta es ``importar.importar`` (ficheros) e ``importar.importar_objetos`` (Tick o Vela); lo guardado se lee con
``almacen``.
"""

"""Tells the sizes of a workbook's sheets in a process of its own: `workbooks` starts this script.

Standard input holds the file; standard output gets the height and the width of each sheet, a line each. The library
lays all cells of a sheet out in memory, so here shows what a file unfolds to.
"""

import io
import sys

from python_calamine import CalamineWorkbook


def main() -> None:
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read()))
    for name in workbook.sheet_names:
        sheet = workbook.get_sheet_by_name(name)
        print(sheet.height, sheet.width)


if __name__ == "__main__":
    main()

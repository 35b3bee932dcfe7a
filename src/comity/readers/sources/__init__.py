"""Where a log comes from: files, folders, standard input, tables in memory."""

/**
 * What every command is made of and speaks through: its description ({@link lathe.cli.shell.Command}), the table of its
 * options, the parsed command line, the console with its progress line, exit codes, texts and tables for a terminal, and
 * the help, manual page and completion that are made from the tables. Knows no model and no single command.
 */
package lathe.cli.shell;

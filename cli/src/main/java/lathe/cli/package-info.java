/**
 * The lathe command: {@link lathe.cli.Main} starts a command of {@code commands} and turns failures into exit codes. Below it
 * lie {@code report}, {@code options}, {@code device}, {@code models} and {@code shell}, each of which imports only those
 * behind it.
 */
package lathe.cli;

/**
 * One class a command, and what belongs to running one: the joining of the modules to a compression, its checks and
 * fallbacks, several models at once. The entry point is {@link lathe.cli.commands.Commands}.
 */
package lathe.cli.commands;

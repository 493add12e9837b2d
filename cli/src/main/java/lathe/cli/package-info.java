/** The lathe command: options, progress, files and rendering. */
package lathe.cli;

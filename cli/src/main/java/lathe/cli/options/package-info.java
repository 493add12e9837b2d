/**
 * What options mean: those that several commands share or that have rules of their own, read into the records of
 * {@code engine} and {@code synth}, from the command line or from a configuration file. Runs nothing.
 */
package lathe.cli.options;

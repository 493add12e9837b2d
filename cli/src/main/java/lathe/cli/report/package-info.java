/**
 * Reports of a run: records that are the answer in JSON, the page and the file that hold them, and tables for the
 * terminal. Decides nothing and runs nothing but what is timed.
 */
package lathe.cli.report;

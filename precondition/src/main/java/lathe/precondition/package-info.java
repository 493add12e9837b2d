/** Rewrites that keep what a network computes and make its layers easier to compress. */
package lathe.precondition;

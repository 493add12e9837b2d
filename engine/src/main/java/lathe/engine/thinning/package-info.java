/** Which channels a network can do without, and what becomes of the layers that read them. */
package lathe.engine.thinning;

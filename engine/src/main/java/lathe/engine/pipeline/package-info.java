/** The run from graph to compressed graph, and the ports through which outer modules take part in it. */
package lathe.engine.pipeline;

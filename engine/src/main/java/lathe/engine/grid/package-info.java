/** The values a quantized number may take, and how a range of real numbers is mapped onto them. */
package lathe.engine.grid;
